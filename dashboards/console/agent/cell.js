import { query, read } from "../shared/api.js";
import { html, path } from "../shared/element.js";
import { count, number, pValue, share, short, windowTime } from "../shared/format.js";
import { bar, code, empty, facts } from "../shared/parts.js";
import { table } from "../shared/table.js";
import { binNames, distributionChart, histogramChart } from "./histogram.js";
import { levelBadge } from "./levels.js";
import { measureName } from "./measures.js";

/** Reads what one window showed of one feature. */
export function readCell(model, { name, family }, end, signal) {
  const address = `/api/v1${path("models", model, "windows", end, "features", name)}`;
  return read(query(address, { family }), { signal });
}

/** What one window showed of one feature: both histograms, how far apart they are and where, and all measures. */
export function cellView(cell) {
  const { feature } = cell;
  return html(
    "div",
    { class: "cell" },
    headline(cell),
    figures(cell),
    pictures(feature),
    stability(feature),
    measures(feature),
  );
}

function headline({ level, feature, window }) {
  const decisive = feature.measures[feature.primary];
  return html(
    "p",
    { class: "headline" },
    levelBadge(level),
    " ",
    measureName(feature.primary),
    " ",
    html("strong", null, number(decisive?.value, 3)),
    decisive?.threshold ? `, large from ${number(decisive.threshold, 3)}` : null,
    html("br"),
    windowTime(window.start, window),
    " to ",
    windowTime(window.end, window),
    " UTC",
  );
}

function figures({ feature, window, test, reference, versions }) {
  const { detail = {} } = feature;
  return facts([
    ["rows", `${number(feature.rows)}${window.partial ? ", some are missing" : ""}`],
    [
      "missing values",
      `${number(feature.missing)}${feature.rows ? ` (${share(feature.missing / feature.rows)})` : ""}`,
    ],
    ["range", detail.minimum !== undefined ? `${number(detail.minimum)} to ${number(detail.maximum)}` : null],
    [
      "range of the reference",
      detail.reference_minimum !== undefined
        ? `${number(detail.reference_minimum)} to ${number(detail.reference_maximum)}`
        : null,
    ],
    [
      "drift score",
      feature.score !== undefined && test?.critical_score !== undefined
        ? `${number(feature.score, 3)}, the window alarms above ${number(test.critical_score, 3)}`
        : null,
    ],
    [
      "p-value of the window",
      Number.isFinite(test?.p_value) ? `${pValue(test.p_value)}, it alarms up to ${number(test.level, 2)}` : null,
    ],
    ["messages lost", window.missed ? count(window.missed, "message") : null],
    ["versions", versions?.join(", ")],
    ["reference", reference ? code(reference, short(reference)) : null],
  ]);
}

function pictures({ name, histogram, detail = {}, measures }) {
  if (!histogram) return empty("There is no histogram of this window.");
  const ends = [
    least(detail.minimum, detail.reference_minimum, Math.min),
    least(detail.maximum, detail.reference_maximum, Math.max),
  ];
  const bars = histogramChart({
    histogram,
    label: `Histogram of ${name}, reference and window.`,
    minimum: ends[0],
    maximum: ends[1],
  });
  const hasDistance = detail.furthest_apart !== undefined && measures.ks && histogram.edges.length > 0;
  if (!hasDistance) return html("div", null, bars);
  const distance = {
    value: measures.ks.value,
    at: detail.furthest_apart,
    isBelow: detail.furthest_apart_below === true,
  };
  return html("div", { class: "charts" }, bars, distributionChart({ histogram, distance }));
}

function least(a, b, choose) {
  const known = [a, b].filter((value) => value !== undefined);
  return known.length ? choose(...known) : undefined;
}

/** PSI's own bins, each with its part of the sum. */
function stability({ detail, measures }) {
  const bins = detail?.stability;
  if (!bins) return null;
  const names = binNames(bins, detail.minimum, detail.maximum);
  const most = Math.max(...bins.terms, 1e-12);
  const total = (counts) => counts.reduce((sum, value) => sum + value, 0) || 1;
  const [reference, current] = [total(bins.reference), total(bins.current)];
  return html(
    "details",
    { class: "fold" },
    html("summary", null, `Population stability by bin: ${number(measures.psi?.value, 3)} in all`),
    table("Population stability by bin", [
      { head: "bin", header: true, cell: (bin) => names[bin] ?? "–" },
      { head: "reference", number: true, cell: (bin) => share(bins.reference[bin] / reference) },
      { head: "window", number: true, cell: (bin) => share(bins.current[bin] / current) },
      { head: "its part", number: true, cell: (bin) => number(bins.terms[bin], 3) },
      { head: "compared", cell: (bin) => bar(bins.terms[bin], most, `part of ${names[bin]}`) },
    ], bins.terms.map((_, bin) => bin)),
  );
}

function measures({ measures: all, primary }) {
  const names = Object.keys(all).sort((a, b) => (b === primary) - (a === primary) || a.localeCompare(b));
  return html(
    "details",
    { class: "fold" },
    html("summary", null, "All measures"),
    table("All measures", [
      {
        head: "measure",
        header: true,
        cell: (name) => [measureName(name), name === primary ? html("small", null, " decides") : null],
      },
      { head: "value", number: true, cell: (name) => number(all[name].value) },
      { head: "large from", number: true, cell: (name) => number(all[name].threshold) },
      { head: "p", number: true, cell: (name) => pValue(all[name].p_value) },
      { head: "q", number: true, cell: (name) => pValue(all[name].q_value) },
    ], names),
  );
}
