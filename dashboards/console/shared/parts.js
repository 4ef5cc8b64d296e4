import { html, svg } from "./element.js";

/** Signs that tell levels apart without their colour. */
const SIGNS = { ok: "●", warning: "▲", critical: "◆", info: "▶", quiet: "○" };

/**
 * A state: a sign, a word, a colour.
 *
 * @param {"ok"|"warning"|"critical"|"info"|"quiet"} level
 */
export function badge(level, word) {
  return html("span", { class: `badge ${level}` }, html("span", { "aria-hidden": "true" }, SIGNS[level]), " ", word);
}

/** A part of a page under a heading. */
export function section(title, ...children) {
  return html("section", null, html("h2", null, title), children);
}

/** What a page shows where it has nothing to show: in a sentence, and what would change that. */
export function empty(...sentence) {
  return html("p", { class: "empty" }, sentence);
}

/** Pairs of a term and what it is; those without a description are left out. */
export function facts(pairs) {
  const known = pairs.filter(([, description]) =>
    description !== null && description !== undefined && description !== ""
  );
  return html(
    "dl",
    { class: "facts" },
    known.map(([term, description]) => html("div", null, html("dt", null, term), html("dd", null, description))),
  );
}

/** What is wrong, in sentences; nothing where nothing is. */
export function problemList(problems) {
  return problems.length
    ? html("ul", { class: "problems" }, problems.map((problem) => html("li", null, problem)))
    : null;
}

/** A figure that a glance takes in. */
export function tile(term, value, note) {
  return html(
    "div",
    { class: "tile" },
    html("dt", null, term),
    html("dd", null, html("strong", null, value), note ? html("small", null, note) : null),
  );
}

export function tiles(...items) {
  return html("dl", { class: "tiles" }, items);
}

/** A monospaced id, cut short, the whole of it in its title. */
export function code(text, shown = text) {
  return html("code", { title: shown === text ? null : text }, shown);
}

/** How much of the most something is, as a bar. */
export function bar(value, most, label) {
  const width = 100 * Math.max(0, Math.min(1, most > 0 ? value / most : 0));
  return svg(
    "svg",
    { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", role: "img", "aria-label": label },
    svg("rect", { class: "bar-all", width: 100, height: 8 }),
    svg("rect", { class: "bar-part", width, height: 8 }),
  );
}
