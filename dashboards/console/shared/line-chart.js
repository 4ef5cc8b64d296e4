import { chart, horizontalAxis, legend, polyline, ribbon, verticalAxis } from "./chart.js";
import { svg } from "./element.js";
import { instant, number } from "./format.js";
import { extent, numberTicks, scale, timeTicks, widened } from "./scale.js";

const MARGIN = { top: 8, right: 14, bottom: 24, left: 52 };

/**
 * Lines over the same xs, with a band where a series has bounds.
 *
 * @param {string} label
 * @param {"time"|"number"} over what the xs are: milliseconds since 1970, or numbers such as steps
 * @param {{name: string, values: ?number[], low: ?number[], high: ?number[], mark: string}[]} series `mark` is a class of
 *   style.css, `series-1` and so on; values are `null` where there is none
 * @param {{value: number, name: string}[]} levels lines across
 * @param {boolean} isBridged whether lines go on where a value is missing, instead of breaking
 */
export function lineChart({ label, over, xs, series, levels = [], isBridged = false, height = 180 }) {
  const text = over === "time" ? (x) => instant(x) : (x) => `step ${number(x)}`;
  const names = series.map(({ name }) => name);
  return chart({
    label,
    height,
    draw: (width) => draw({ width, height, over, xs, series, levels, isBridged }),
    legend: series.length > 1 || levels.length
      ? legend([...series, ...levels].map(({ name, mark = "level" }) => ({ name, mark })))
      : null,
    points: {
      count: xs.length,
      describe: (place) => [text(xs[place]), ...series.map((one) => described(one, place))].join("  ·  "),
    },
    values: {
      head: [over === "time" ? "time" : "step", ...names],
      rows: () => xs.map((x, place) => [text(x), ...series.map(({ values }) => number(values[place]))]),
    },
  });
}

function described({ name, values, low, high }, place) {
  const range = low && Number.isFinite(low[place]) ? ` (${number(low[place], 3)} to ${number(high[place], 3)})` : "";
  return `${name} ${number(values[place])}${range}`;
}

function draw({ width, height, over, xs, series, levels, isBridged }) {
  const box = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  const x = scale(extent(xs) ?? [0, 1], [box.left, box.right]);
  const everything = [
    ...series.flatMap(({ values, low = [], high = [] }) => [...values, ...low, ...high]),
    ...levels.map(({ value }) => value),
  ];
  const y = scale(widened(extent(everything) ?? [0, 1]), [box.bottom, box.top]);
  const places = xs.map(x);
  return {
    places,
    top: box.top,
    bottom: box.bottom,
    marks: [
      verticalAxis(y, numberTicks(y.domain, 4), box),
      horizontalAxis(x, axisTicks(over, x.domain, width), box),
      levels.map(({ value }) =>
        svg("line", { class: "line level", x1: box.left, x2: box.right, y1: y(value), y2: y(value) })
      ),
      series.map((one) => trace(one, places, y, isBridged)),
    ],
  };
}

export function axisTicks(over, domain, width) {
  const about = Math.max(2, Math.floor(width / 90));
  return over === "time" ? timeTicks(domain, about) : numberTicks(domain, about);
}

function trace({ values, low, high, mark }, places, y, isBridged) {
  const all = values.map((value, place) => [places[place], Number.isFinite(value) ? y(value) : null]);
  const line = isBridged ? all.filter(([, at]) => at !== null) : all;
  const lone = line.filter(([, at], place) =>
    at !== null && !isFinite(line[place - 1]?.[1] ?? NaN) && !isFinite(line[place + 1]?.[1] ?? NaN)
  );
  return [
    low &&
    svg("path", {
      class: "band",
      d: ribbon(low.map((value, place) => [places[place], y(value ?? NaN), y(high[place] ?? NaN)])),
    }),
    svg("path", { class: `line ${mark}`, d: polyline(line) }),
    lone.map(([cx, cy]) => svg("circle", { class: `dot ${mark}`, cx, cy, r: 3 })),
  ];
}
