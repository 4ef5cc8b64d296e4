import { html } from "../shared/element.js";
import { at, number, share } from "../shared/format.js";
import { lineChart } from "../shared/line-chart.js";
import { empty } from "../shared/parts.js";
import { severityBadge, verdictBadge } from "./levels.js";
import { measureName } from "./measures.js";

/** How well the answers turned out, once labels came, beside what their scores had led to expect. */
export function performanceView(performance) {
  if (!performance) {
    return empty(
      "Answers are not held against labels: ",
      html("code", null, "[stream.performance]"),
      " in agent.conf asks for that.",
    );
  }
  const versions = Map.groupBy(performance.windows, ({ version }) => version);
  if (!versions.size) return [waiting(performance), empty("No window has been measured yet.")];
  return [
    waiting(performance),
    ...[...versions].map(([version, reports]) => versionView(version, reports.toReversed(), versions.size > 1)),
  ];
}

function waiting({ next }) {
  if (!next) return null;
  return html(
    "p",
    { class: "note" },
    "The window to ",
    at(next.window?.end ?? next.end),
    ` waits for its labels${next.maturity ? `: ${share(next.maturity.share)} are in` : ""}.`,
  );
}

function versionView(version, reports, isOneOfMany) {
  const newest = reports.at(-1);
  return html(
    "div",
    null,
    html(
      "h3",
      null,
      isOneOfMany ? `version ${version} ` : null,
      verdictBadge(newest.verdict),
      " ",
      html(
        "small",
        null,
        `newest window to `,
        at(newest.window.end),
        `, ${number(newest.maturity.labelled_rows)} labels`,
      ),
    ),
    html("div", { class: "charts" }, measuresOf(reports).map((measure) => measureView(measure, reports))),
  );
}

/** Those that are worse first. */
function measuresOf(reports) {
  const newest = reports.at(-1).measures;
  const names = [...new Set(reports.flatMap(({ measures }) => Object.keys(measures)))];
  return names.sort((a, b) => Boolean(newest[b]?.severity) - Boolean(newest[a]?.severity) || a.localeCompare(b));
}

function measureView(measure, reports) {
  const of = (pick) => reports.map(({ measures }) => (measures[measure] ? pick(measures[measure]) : undefined) ?? null);
  const { severity, reference } = reports.at(-1).measures[measure] ?? {};
  return html(
    "div",
    null,
    html("h4", null, measureName(measure), " ", severity ? severityBadge(severity, "worse than the reference") : null),
    lineChart({
      label: `${measureName(measure)}, realised and estimated, window by window.`,
      over: "time",
      height: 150,
      xs: reports.map(({ window }) => Date.parse(window.end)),
      series: [
        {
          name: "realised",
          values: of(({ realised }) => realised?.value),
          low: of(({ realised }) => realised?.lower),
          high: of(({ realised }) => realised?.upper),
          mark: "series-1",
        },
        { name: "estimated", values: of(({ estimated }) => estimated), mark: "series-2" },
      ],
      levels: reference ? [{ value: reference.value, name: `reference ${number(reference.value, 3)}` }] : [],
    }),
  );
}
