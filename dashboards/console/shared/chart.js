import { html, svg } from "./element.js";

/**
 * A figure that is drawn for the width it has, and again when that changes. Whoever cannot see it reads the label and the
 * table; with `points`, arrow keys and the pointer read it point by point.
 *
 * @param {string} label what it shows, in a sentence
 * @param {number} height in pixels
 * @param {function(number): {marks: Node[], places: ?number[], top: ?number, bottom: ?number}} draw for a width; with the x
 *   of each point
 * @param {?{count: number, describe: function(number): string}} points
 * @param {?{head: string[], rows: function(): string[][]}} values for the table
 */
export function chart({ label, height, draw, legend, points, values }) {
  const picture = svg("svg", {
    height,
    class: "picture",
    "aria-hidden": points ? "true" : null,
    role: points ? null : "img",
    "aria-label": points ? null : label,
  });
  const readout = points && html("output", { class: "readout" }, " ");
  const hint = "Arrow keys read it point by point.";
  const frame = points
    ? html(
      "div",
      { class: "frame", tabindex: "0", role: "group", "aria-label": `${label} ${hint}`, "data-key": label },
      picture,
    )
    : html("div", { class: "frame" }, picture);
  const drawn = { places: [], top: 0, bottom: height };
  const redraw = (width) => {
    const { marks, ...rest } = draw(width);
    Object.assign(drawn, rest);
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.setAttribute("width", width);
    picture.replaceChildren(...marks.flat(Infinity).filter(Boolean));
  };
  new ResizeObserver(([entry]) => entry.contentRect.width && redraw(Math.round(entry.contentRect.width))).observe(
    frame,
  );
  if (points) addCrosshair({ frame, picture, readout, points, drawn });
  return html("figure", { class: "chart" }, legend, frame, readout, values && valueTable(values));
}

function addCrosshair({ frame, picture, readout, points, drawn }) {
  let chosen = null;
  const choose = (place) => {
    chosen = place;
    picture.querySelector(".crosshair")?.remove();
    readout.textContent = place === null ? " " : points.describe(place);
    if (place === null) return;
    const x = drawn.places[place];
    picture.append(svg("line", { class: "crosshair", x1: x, x2: x, y1: drawn.top, y2: drawn.bottom }));
  };
  frame.addEventListener(
    "pointermove",
    (event) => choose(nearest(drawn.places, event.clientX - picture.getBoundingClientRect().left)),
  );
  frame.addEventListener("pointerleave", () => choose(null));
  frame.addEventListener("blur", () => choose(null));
  frame.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (!step) return;
    event.preventDefault();
    const last = points.count - 1;
    choose(Math.max(0, Math.min(last, chosen === null ? (step < 0 ? last : 0) : chosen + step)));
  });
}

function nearest(places, x) {
  if (!places.length) return null;
  return places.reduce((best, place, index) => (Math.abs(place - x) < Math.abs(places[best] - x) ? index : best), 0);
}

/** The figures as a table, made when it is opened. */
function valueTable({ head, rows }) {
  const details = html("details", { class: "values" }, html("summary", null, "As a table"));
  details.addEventListener("toggle", () => {
    if (!details.open || details.children.length > 1) return;
    const body = rows().map((row) =>
      html(
        "tr",
        null,
        row.map((cell, place) => (place ? html("td", { class: "number" }, cell) : html("th", { scope: "row" }, cell))),
      )
    );
    const table = html(
      "table",
      null,
      html("thead", null, html("tr", null, head.map((name) => html("th", { scope: "col" }, name)))),
      html("tbody", null, body),
    );
    details.append(
      html("div", { class: "scrolling", tabindex: "0", role: "region", "aria-label": "The figures as a table" }, table),
    );
  });
  return details;
}

/** The axis on the left: ticks, and lines across. */
export function verticalAxis(place, marks, { left, right }) {
  return marks.map(({ value, text }) => [
    svg("line", { class: "grid", x1: left, x2: right, y1: place(value), y2: place(value) }),
    svg("text", { class: "tick", x: left - 6, y: place(value), "text-anchor": "end", dy: "0.32em" }, text),
  ]);
}

/** The axis below. */
export function horizontalAxis(place, marks, { bottom, right }) {
  return marks.map(({ value, text }) => {
    const x = place(value);
    const isLast = x > right - 3.5 * text.length;
    return [
      svg("line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
      svg("text", { class: "tick", x, y: bottom + 16, "text-anchor": isLast ? "end" : "middle" }, text),
    ];
  });
}

/** A line through points `[x, y]` in pixels; it breaks where a y is `null`. */
export function polyline(points) {
  let isDown = false;
  const steps = [];
  for (const [x, y] of points) {
    if (y === null || !Number.isFinite(y)) isDown = false;
    else {
      steps.push(`${isDown ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`);
      isDown = true;
    }
  }
  return steps.join("");
}

/** The outline of what lies between two lines over the same xs; parts without either are left out. */
export function ribbon(points) {
  const known = points.filter(([, low, high]) => Number.isFinite(low) && Number.isFinite(high));
  if (!known.length) return "";
  const there = known.map(([x, low]) => `${x.toFixed(1)} ${low.toFixed(1)}`);
  const back = known.map(([x, , high]) => `${x.toFixed(1)} ${high.toFixed(1)}`).reverse();
  return `M${there.join("L")}L${back.join("L")}Z`;
}

/** What the series are, each beside a piece of its line. */
export function legend(items) {
  return html("ul", { class: "legend" }, items.map(({ name, mark }) => html("li", null, swatch(mark), name)));
}

function swatch(mark) {
  const isArea = mark === "band" || mark.startsWith("bar-");
  return svg(
    "svg",
    { width: 22, height: 10, "aria-hidden": "true" },
    isArea
      ? svg("rect", { class: mark, width: 22, height: 10 })
      : svg("line", { class: `line ${mark}`, x1: 1, x2: 21, y1: 5, y2: 5 }),
  );
}
