import { query, read, readIfPresent } from "../shared/api.js";
import { html, link, path, svg } from "../shared/element.js";
import { count, moment, number, pValue, since } from "../shared/format.js";
import { empty, facts, problemList } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { featurePath } from "./paths.js";
import { KINDS } from "./kinds.js";
import { levelBadge, losses, severityBadge, stateBadge, urgency, verdictBadge } from "./levels.js";
import { decoded } from "./timeline.js";

const STRIPS = 12;
const STRIP_WINDOWS = 60;

/** Models at a glance: those that need somebody first. */
export const page = {
  title: () => "Models",

  async load(_, __, signal) {
    const { models } = await read("/api/v1/models", { signal });
    const strips = await Promise.all(models.slice(0, STRIPS).map(({ model }) => readStrip(model, signal)));
    return { models, strips: new Map(models.slice(0, STRIPS).map(({ model }, place) => [model, strips[place]])) };
  },

  create() {
    let strips = new Map();
    const summary = region(headline);
    const cards = region(
      (models) => (models.length ? models.map((model) => card(model, strips.get(model.model))) : nothing()),
      { class: "cards" },
    );
    const show = (data) => {
      strips = data.strips ?? strips;
      const models = data.models.toSorted((a, b) => urgency(b) - urgency(a) || a.model.localeCompare(b.model));
      summary.show(models);
      cards.show(models);
    };
    return { node: html("div", null, html("h1", null, "Models"), summary.node, cards.node), show };
  },

  /** Every two seconds the status says all but the strips, which only a window changes. */
  take(event, view) {
    if (event.type !== "status" || !event.data?.models) return false;
    view.show({ models: event.data.models });
    return true;
  },

  concerns: ({ type }) => type === "window" || type === "alert",
};

async function readStrip(model, signal) {
  const address = `/api/v1${path("models", model)}/timeline`;
  const answer = await readIfPresent(query(address, { measure: "score", windows: STRIP_WINDOWS }), { signal });
  return answer && decoded(answer).windows;
}

/** The ten seconds: which models drift, where, and since when. */
function headline(models) {
  const drifting = models.filter(({ alerts }) => alerts.length);
  if (!models.length) return null;
  if (!drifting.length) {
    return html(
      "p",
      { class: "headline" },
      `No alert fires on ${models.length === 1 ? "the one model" : `any of ${models.length} models`} that ${
        models.length === 1 ? "is" : "are"
      } watched.`,
    );
  }
  return html(
    "div",
    { class: "headline" },
    drifting.map(({ model, alerts }) => alerts.map((alert) => html("p", null, sentence(model, alert)))),
  );
}

function sentence(model, { id, kind, severity, since: began, features }) {
  const where = features.length ? [" in ", list(features.map((name) => html("strong", null, name)))] : null;
  return [
    severityBadge(severity),
    " ",
    link(path("alerts", id), KINDS[kind] ?? kind),
    " of ",
    link(path("models", model), html("strong", null, model)),
    where,
    " since ",
    html("time", { datetime: began }, moment(began)),
  ];
}

function list(items, most = 4) {
  const shown = items.slice(0, most);
  const rest = items.length - shown.length;
  return [shown.flatMap((item, place) => (place ? [", ", item] : [item])), rest ? ` and ${count(rest, "other")}` : ""];
}

function card(model, windows) {
  return html(
    "article",
    { class: `card urgency-${urgency(model)}`, "aria-label": `Model ${model.model}` },
    html(
      "header",
      null,
      html("h2", null, link(path("models", model.model), model.model)),
      stateBadge(model.state),
      verdictOf(model),
    ),
    windows?.length ? strip(windows) : null,
    figuresOf(model),
    worst(model),
    problemList(model.problems),
    model.state === "stale" && model.last_row
      ? html("p", null, "The last message came ", since(model.last_row), ".")
      : null,
  );
}

function verdictOf({ verdict }) {
  return verdict ? verdictBadge(verdict) : null;
}

function figuresOf({ window, p_value: p, rows_per_second: rate, counters, retraining }) {
  const lost = losses(counters).map(([name, value]) => `${number(value)} ${name}`);
  return facts([
    ["newest window", window ? moment(window.end) + (p === undefined ? "" : `, p ${pValue(p)}`) : "none yet"],
    ["rows a second", number(rate, 3)],
    ["rows", number(counters.rows)],
    ["lost", lost.join(", ") || "nothing"],
    ["retraining", retraining ? `${retraining.state}: ${retraining.reason}` : null],
  ]);
}

/** A mark a window: tall where it drifted. */
function strip(windows) {
  const drifted = windows.filter(({ verdict }) => verdict === "drifted").length;
  const height = { drifted: 22, incomplete: 14, ok: 5, insufficient: 2 };
  const label = `${drifted} of the last ${count(windows.length, "window")} drifted, ${moment(windows[0].start)} to ${
    moment(windows.at(-1).end)
  }`;
  const marks = windows.map(({ verdict }, place) =>
    svg("rect", {
      class: `verdict-${verdict}`,
      x: place * 8,
      y: 24 - height[verdict],
      width: 7,
      height: height[verdict],
    })
  );
  return html(
    "figure",
    { class: "strip" },
    svg("svg", {
      viewBox: `0 0 ${windows.length * 8} 24`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label,
      height: 24,
    }, marks),
    html("figcaption", null, label),
  );
}

/** The features that moved most, and how far beyond what is large. */
function worst({ model, worst: features = [] }) {
  if (!features.length) return null;
  return html(
    "ul",
    { class: "worst", "aria-label": "Features that moved most" },
    features.map((feature) =>
      html(
        "li",
        null,
        link(featurePath(model, { name: feature.feature, family: feature.family }), feature.feature),
        " ",
        levelBadge(feature.level),
        " ",
        html(
          "span",
          { class: "figure" },
          `${feature.measure} ${number(feature.value, 3)}`,
          feature.threshold ? html("small", null, ` of ${number(feature.threshold, 3)}`) : null,
        ),
      )
    ),
  );
}

function nothing() {
  return empty(
    "No model is watched. A ",
    html("code", null, "[[stream]]"),
    " in agent.conf names one, and where its rows come from.",
  );
}
