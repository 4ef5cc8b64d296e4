import { read } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { duration, instant, number, short } from "../shared/format.js";
import { empty, section } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { table } from "../shared/table.js";
import { curveChart, readCurves } from "./curves.js";
import { runBadge } from "./states.js";

/** Runs side by side: what differs, and their curves in one picture. */
export const page = {
  title: () => "Compare runs",

  async load(_, search, signal) {
    const runs = await Promise.all(search.getAll("run").map((id) => read(`/api/v1${path("runs", id)}`, { signal })));
    const curves = await readCurves(
      runs.map(({ run_id: id, name, metrics }) => ({
        id,
        name: named({ name, run_id: id }),
        metrics: Object.keys(metrics),
      })),
      signal,
    );
    return { runs, curves };
  },

  create() {
    const body = region((
      { runs, curves },
    ) => (runs.length ? compareView(runs, curves) : empty("No run is chosen. ", link("/runs", "Choose some"), ".")));
    return {
      node: html(
        "div",
        null,
        html("p", { class: "crumbs" }, link("/runs", "Runs")),
        html("h1", null, "Compare runs"),
        body.node,
      ),
      show: (data) => body.show(data),
    };
  },

  concerns: () => false,
};

function named({ name, run_id: id }) {
  return `${name || "run"} ${short(id, 4)}`;
}

function compareView(runs, curves) {
  const took = ({ started, ended }) => (ended ? duration((Date.parse(ended) - Date.parse(started)) / 1000) : "–");
  const about = [
    ["status", ({ status }) => runBadge(status)],
    ["experiment", ({ experiment }) => experiment],
    ["started", ({ started }) => instant(started)],
    ["took", took],
    ["by", ({ user }) => user],
  ];
  return [
    section("Runs", sideBySide("Runs", runs, about.map(([name, show]) => ({ name, show, differs: false })))),
    section("Metrics", sideBySide("Metrics", runs, rowsOf(runs, "metrics", number))),
    section(
      "Parameters",
      html("p", { class: "note" }, "Those that differ come first, and are marked ≠."),
      sideBySide("Parameters", runs, rowsOf(runs, "params", (value) => value ?? "–", true)),
    ),
    section(
      "Curves",
      curves.length
        ? html(
          "div",
          { class: "charts" },
          curves.map((curve) => html("div", null, html("h3", null, curve.metric), curveChart(curve))),
        )
        : empty("No metric was logged more than once."),
    ),
  ];
}

function rowsOf(runs, kind, show, isMarked = false) {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run[kind])))].sort();
  const rows = names.map((name) => ({
    name,
    show: (run) => show(run[kind][name]),
    differs: isMarked && new Set(runs.map((run) => run[kind][name])).size > 1,
  }));
  return rows.sort((a, b) => b.differs - a.differs);
}

function sideBySide(caption, runs, rows) {
  if (!rows.length) return empty("None.");
  return table(caption, [
    { head: "", header: true, class: "wrap", cell: ({ name, differs }) => (differs ? `≠ ${name}` : name) },
    ...runs.map((run) => ({
      head: link(path("runs", run.run_id), named(run)),
      class: "wrap",
      cell: ({ show }) => show(run),
    })),
  ], rows.map((row) => ({ ...row, class: row.differs ? "differs" : null })));
}
