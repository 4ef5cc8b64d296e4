import { chart, horizontalAxis, legend, polyline, ribbon, verticalAxis } from "../shared/chart.js";
import { svg } from "../shared/element.js";
import { difference, instant } from "../shared/format.js";
import { axisTicks } from "../shared/line-chart.js";
import { extent, numberTicks, scale, widened } from "../shared/scale.js";

const MARGIN = { top: 18, right: 14, bottom: 24, left: 60 };

/**
 * A difference and its interval as evidence came in. The interval may be looked at at any time: what it has once left out
 * is out, and a decision stands where it leaves a margin behind.
 *
 * @param {{time: number, value: ?number, lower: ?number, upper: ?number}[]} points
 * @param {{value: number, name: string}[]} margins
 * @param {{time: number, text: string}[]} decisions
 */
export function sequenceChart({ label, points, margins, decisions, height = 280 }) {
  return chart({
    label,
    height,
    legend: legend([{ name: "difference", mark: "series-1" }, { name: "its interval", mark: "band" }, {
      name: "a decision",
      mark: "decision",
    }]),
    points: { count: points.length, describe: (place) => described(points[place], decisions) },
    values: {
      head: ["time", "difference", "from", "to"],
      rows: () =>
        points.map((
          { time, value, lower, upper },
        ) => [instant(time), difference(value), difference(lower), difference(upper)]),
    },
    draw: (width) => draw({ width, height, points, margins, decisions }),
  });
}

function described({ time, value, lower, upper }, decisions) {
  const made = decisions.filter((decision) => decision.time === time).map(({ text }) => text);
  const range = lower === null ? "no interval yet" : `${difference(lower)} to ${difference(upper)}`;
  return [instant(time), `difference ${difference(value)}`, range, ...made].join("  ·  ");
}

function draw({ width, height, points, margins, decisions }) {
  const box = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  const times = [...points, ...decisions].map(({ time }) => time);
  const x = scale(extent(times) ?? [0, 1], [box.left, box.right]);
  const bounds = points.flatMap(({ value, lower, upper }) => (lower === null ? [value] : [lower, upper]));
  const y = scale(widened(extent([0, ...bounds.map((value) => value ?? 0), ...margins.map(({ value }) => value)])), [
    box.bottom,
    box.top,
  ]);
  const known = ({ time, lower, upper }) => [x(time), y(lower ?? NaN), y(upper ?? NaN)];
  return {
    places: points.map(({ time }) => x(time)),
    top: box.top,
    bottom: box.bottom,
    marks: [
      verticalAxis(y, numberTicks(y.domain, 5), box),
      horizontalAxis(x, axisTicks("time", x.domain, width), box),
      svg("path", { class: "band", d: ribbon(points.map(known)) }),
      svg("path", { class: "edge", d: polyline(points.map(({ time, lower }) => [x(time), y(lower ?? NaN)])) }),
      svg("path", { class: "edge", d: polyline(points.map(({ time, upper }) => [x(time), y(upper ?? NaN)])) }),
      margins.map((margin) => marginLine(margin, y, box)),
      svg("path", {
        class: "line series-1",
        d: polyline(points.map(({ time, value }) => [x(time), value === null ? null : y(value)])),
      }),
      points.length < 60 &&
      points.map(({ time, value }) =>
        value !== null && svg("circle", { class: "dot series-1", cx: x(time), cy: y(value), r: 2.5 })
      ),
      decisions.map(({ time, text }) => decisionMark(x(time), text, box)),
    ],
  };
}

function marginLine({ value, name }, y, { left, right }) {
  return [
    svg("line", { class: "margin", x1: left, x2: right, y1: y(value), y2: y(value) }),
    svg("text", { class: "tick", x: right, y: y(value) - 4, "text-anchor": "end" }, name),
  ];
}

function decisionMark(x, text, { top, bottom }) {
  return svg(
    "g",
    { class: "decision" },
    svg("title", null, text),
    svg("line", { x1: x, x2: x, y1: top, y2: bottom }),
    svg("path", { d: `M${x - 5} ${top - 10}h10l-5 9z` }),
  );
}

/**
 * An interval against what is tolerated, on one line: for guardrails.
 *
 * @param {{lower: ?number, upper: ?number, value: ?number, margins: number[]}} figures
 */
export function intervalBar({ lower, upper, value, margins }, label) {
  const [width, height] = [240, 22];
  const shown = margins.length ? margins.flatMap((margin) => [-margin / 2, margin * 1.6]) : [lower, upper, value];
  const [low, high] = widened(extent([0, ...shown]), 0.05);
  const x = scale([low, high], [2, width - 2]);
  const clipped = (figure) => Math.max(2, Math.min(width - 2, x(figure)));
  const middle = height / 2;
  const hasInterval = Number.isFinite(lower) && Number.isFinite(upper);
  return svg(
    "svg",
    { class: "interval", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    svg("line", { class: "grid", x1: 0, x2: width, y1: middle, y2: middle }),
    svg("line", { class: "axis", x1: x(0), x2: x(0), y1: 3, y2: height - 3 }),
    margins.map((margin) => svg("line", { class: "margin", x1: x(margin), x2: x(margin), y1: 1, y2: height - 1 })),
    hasInterval &&
      svg("rect", {
        class: "edge-bar",
        x: clipped(lower),
        width: Math.max(clipped(upper) - clipped(lower), 1.5),
        y: middle - 3,
        height: 6,
      }),
    Number.isFinite(value) && svg("circle", { class: "dot series-1", cx: clipped(value), cy: middle, r: 3.5 }),
  );
}
