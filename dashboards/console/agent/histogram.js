import { chart, horizontalAxis, legend, polyline, verticalAxis } from "../shared/chart.js";
import { svg } from "../shared/element.js";
import { number, share } from "../shared/format.js";
import { numberTicks, scale } from "../shared/scale.js";

const MARGIN = { top: 16, right: 14, bottom: 24, left: 52 };
const LONGEST_NAME = 12;

/**
 * Reference and window side by side, bin by bin. Bins are drawn as wide as each other, whatever they span: most are made to
 * hold the same share of the reference, and a true scale would give all the room to the tails.
 *
 * @param {{edges: number[], categories: string[], reference: number[], current: number[]}} histogram shares
 */
export function histogramChart({ histogram, label, minimum, maximum, height = 220 }) {
  const names = binNames(histogram, minimum, maximum);
  const highest = Math.max(...histogram.reference, ...histogram.current, 1e-9);
  return chart({
    label,
    height,
    legend: legend([{ name: "reference", mark: "bar-reference" }, { name: "this window", mark: "bar-current" }]),
    points: {
      count: names.length,
      describe: (bin) =>
        `${names[bin]}  ·  reference ${share(histogram.reference[bin])}  ·  this window ${
          share(histogram.current[bin])
        }`,
    },
    values: {
      head: ["bin", "reference", "this window"],
      rows: () => names.map((name, bin) => [name, share(histogram.reference[bin]), share(histogram.current[bin])]),
    },
    draw: (width) => {
      const box = boxOf(width, height);
      const slots = slotsOf(names.length, box);
      const y = scale([0, highest], [box.bottom, box.top]);
      return {
        places: names.map((_, bin) => slots.middle(bin)),
        top: box.top,
        bottom: box.bottom,
        marks: [
          verticalAxis(y, numberTicks([0, highest], 4).map(({ value }) => ({ value, text: share(value) })), box),
          names.map((_, bin) => pair(histogram, bin, slots, y, box)),
          labels(histogram, slots, box),
        ],
      };
    },
  });
}

function boxOf(width, height) {
  return { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
}

function slotsOf(count, { left, right }) {
  const width = (right - left) / count;
  return { width, left: (bin) => left + bin * width, middle: (bin) => left + (bin + 0.5) * width };
}

function pair({ reference, current }, bin, slots, y, { bottom }) {
  const width = Math.max(1, slots.width * 0.42);
  const bar = (value, x, mark) =>
    svg("rect", { class: mark, x, y: y(value), width, height: Math.max(bottom - y(value), 0) });
  return [
    bar(reference[bin], slots.middle(bin) - width, "bar-reference"),
    bar(current[bin], slots.middle(bin), "bar-current"),
  ];
}

/** Below: edges between bins of numbers, names below those of categories, as many as there is room for. */
function labels({ edges, categories }, slots, box) {
  const shown = categories.length ? categories : edges.map((edge) => number(edge, 3));
  const place = categories.length ? slots.middle : (edge) => slots.left(edge + 1);
  const room = Math.max(...shown.map((text) => Math.min(text.length, LONGEST_NAME)), 1) * 7 + 6;
  const every = Math.max(1, Math.ceil(room / slots.width));
  const marks = shown.map((text, index) => ({ value: index, text: cut(text) })).filter(({ value }) =>
    value % every === 0
  );
  return horizontalAxis(place, marks, box);
}

function cut(text) {
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME - 1)}…` : text;
}

/** What each bin holds, in words. */
export function binNames({ edges, categories, current }, minimum, maximum) {
  if (categories.length) return categories.slice(0, current.length);
  const ends = [
    Number.isFinite(minimum) ? minimum : -Infinity,
    ...edges,
    Number.isFinite(maximum) ? maximum : Infinity,
  ];
  return current.map((_, bin) => {
    if (bin === 0) return edges.length ? `up to ${number(edges[0])}` : "all";
    return bin === edges.length ? `above ${number(ends[bin])}` : `${number(ends[bin])} to ${number(ends[bin + 1])}`;
  });
}

/**
 * The two distribution functions over the same bins, and where they are furthest apart: Kolmogorov and Smirnov's D.
 *
 * @param {{value: number, at: number, isBelow: boolean}} distance
 */
export function distributionChart({ histogram, distance, height = 220 }) {
  const [reference, current] = [cumulated(histogram.reference), cumulated(histogram.current)];
  const { edges } = histogram;
  const where = `${distance.isBelow ? "just below" : "at"} ${number(distance.at)}`;
  const name = `D = ${number(distance.value, 3)} ${where}`;
  return chart({
    label: `Distribution functions of reference and window; they are furthest apart, by ${
      number(distance.value, 3)
    }, ${where}.`,
    height,
    legend: legend([{ name: "reference, values up to here", mark: "line-reference" }, {
      name: "this window",
      mark: "line-current",
    }, { name, mark: "distance" }]),
    points: {
      count: edges.length,
      describe: (edge) =>
        `up to ${number(edges[edge])}  ·  reference ${share(reference[edge + 1])}  ·  this window ${
          share(current[edge + 1])
        }`,
    },
    draw: (width) => {
      const box = boxOf(width, height);
      const slots = slotsOf(histogram.current.length, box);
      const y = scale([0, 1], [box.bottom, box.top]);
      const line = (shares, mark) =>
        svg("path", { class: `line ${mark}`, d: polyline(shares.map((value, edge) => [slots.left(edge), y(value)])) });
      return {
        places: edges.map((_, edge) => slots.left(edge + 1)),
        top: box.top,
        bottom: box.bottom,
        marks: [
          verticalAxis(y, [0, 0.5, 1].map((value) => ({ value, text: share(value) })), box),
          line(reference, "line-reference"),
          line(current, "line-current"),
          furthest(histogram, distance, [reference, current], slots, y),
          labels(histogram, slots, box),
        ],
      };
    },
  });
}

function cumulated(shares) {
  let sum = 0;
  return [0, ...shares.map((part) => (sum += part))];
}

/** The stretch between both lines where they are furthest apart; within a bin its height is that at the nearer edge. */
function furthest({ edges }, { at }, [reference, current], slots, y) {
  const bin = edges.findIndex((edge) => at <= edge);
  const place = bin < 0 ? edges.length : bin;
  const [low, high] = [edges[place - 1] ?? at, edges[place] ?? at];
  const part = high > low ? (at - low) / (high - low) : 1;
  const x = slots.left(place) + part * slots.width;
  const between = (sums) => y(sums[place] + part * (sums[place + 1] - sums[place]));
  const [above, below] = [between(reference), between(current)].sort((a, b) => a - b);
  const end = (at) => svg("line", { class: "line distance", x1: x - 5, x2: x + 5, y1: at, y2: at });
  return [svg("line", { class: "line distance", x1: x, x2: x, y1: above, y2: below }), end(above), end(below)];
}
