import { read } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { bytes, duration, instant, number, short } from "../shared/format.js";
import { code, empty, facts, section } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { table } from "../shared/table.js";
import { curveChart, readCurves } from "./curves.js";
import { artifactPath, artifacts } from "./mlflow.js";
import { runBadge } from "./states.js";

/** One run: what went in, what came out, and how its metrics went. */
export const page = {
  title: ({ run }) => `Run ${short(run, 8)}`,

  async load({ run: id }, _, signal) {
    const run = await read(`/api/v1${path("runs", id)}`, { signal });
    const [curves, files] = await Promise.all([
      readCurves([{ id, name: run.name, metrics: Object.keys(run.metrics) }], signal),
      artifacts(id, null, signal),
    ]);
    return { run, curves, files };
  },

  create() {
    const [head, curves, values, files] = [region(headOf), region(curvesView), region(valuesView), region(filesView)];
    return {
      node: html(
        "div",
        null,
        head.node,
        section("Curves", curves.node),
        section("Metrics and parameters", values.node),
        section("Files", files.node),
      ),
      show(data) {
        head.show(data.run);
        curves.show(data.curves);
        values.show({ metrics: data.run.metrics, params: data.run.params });
        files.show({ run: data.run.run_id, files: data.files });
      },
    };
  },

  concerns: ({ type, data }, { run }) => type === "run" && data?.run === run,
};

function headOf(run) {
  const { lineage = {}, tags } = run;
  const own = Object.entries(tags).filter(([key]) => !key.startsWith("mlflow."));
  return [
    html(
      "p",
      { class: "crumbs" },
      link("/runs", "Runs"),
      " / ",
      link(`/runs?experiment=${run.experiment_id}`, run.experiment),
    ),
    html("h1", null, run.name || short(run.run_id), " ", runBadge(run.status)),
    facts([
      ["id", code(run.run_id)],
      ["started", instant(run.started)],
      ["took", run.ended ? duration((Date.parse(run.ended) - Date.parse(run.started)) / 1000) : null],
      ["by", run.user],
      ["source", lineage.source],
      ["commit", lineage.git_commit ? code(lineage.git_commit, short(lineage.git_commit)) : null],
      [
        "data",
        lineage.datasets?.map(({ name, digest }) => html("div", null, name, " ", code(digest, short(digest, 8)))),
      ],
      ["models made", lineage.models_made?.map((made) => html("div", null, code(made, short(made, 14))))],
      ...own.map(([key, value]) => [key, value]),
    ]),
  ];
}

function curvesView(curves) {
  if (!curves.length) return empty("No metric was logged more than once.");
  return html(
    "div",
    { class: "charts" },
    curves.map((curve) => html("div", null, html("h3", null, curve.metric), curveChart(curve))),
  );
}

function valuesView({ metrics, params }) {
  const pairs = (caption, values, show) => {
    const names = Object.keys(values).sort();
    return html(
      "div",
      null,
      html("h3", null, caption),
      names.length
        ? table(caption, [{ head: "name", header: true, class: "wrap", cell: (name) => name }, {
          head: "value",
          number: true,
          class: "wrap",
          cell: (name) => show(values[name]),
        }], names)
        : empty("None."),
    );
  };
  return html(
    "div",
    { class: "charts" },
    pairs("Metrics", metrics, number),
    pairs("Parameters", params, (value) => value),
  );
}

function filesView({ run, files }) {
  if (!files.length) return empty("The run has no files.");
  return table("Files", [
    {
      head: "file",
      header: true,
      cell: (
        { path, isFolder },
      ) => (isFolder
        ? `${path}/`
        : html("a", { href: artifactPath(run, path), download: path.split("/").at(-1) }, path)),
    },
    { head: "size", number: true, cell: ({ size, isFolder }) => (isFolder ? "–" : bytes(size)) },
  ], files);
}
