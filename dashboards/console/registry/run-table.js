import { html, link, path } from "../shared/element.js";
import { duration, number, short, since } from "../shared/format.js";
import { table } from "../shared/table.js";
import { runBadge } from "./states.js";

const MOST_COLUMNS = 6;

/** The metrics and params that most runs have. */
function commonest(runs, kind) {
  const counts = new Map();
  for (const run of runs) for (const key of Object.keys(run[kind])) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).slice(0, MOST_COLUMNS).map(([key]) => key);
}

/**
 * @param {Object[]} runs
 * @param {{names: Object, choice: function, sort: function}} options experiments by id; what chooses a run; what sorts by a key
 */
export function runTable(runs, { names, choice, sort } = {}) {
  const order = (key) => sort?.(key);
  return table(
    "Runs",
    [
      choice && { head: html("span", { class: "unseen" }, "compare"), cell: choice },
      { head: "run", header: true, cell: ({ id, name }) => link(path("runs", id), name || short(id)) },
      { head: "status", cell: ({ status }) => runBadge(status) },
      names && { head: "experiment", cell: ({ experiment }) => names[experiment] ?? experiment },
      { head: "started", sort: order("attributes.start_time"), cell: ({ started }) => since(started) },
      {
        head: "took",
        number: true,
        cell: ({ started, ended }) => (ended ? duration((Date.parse(ended) - Date.parse(started)) / 1000) : "–"),
      },
      ...commonest(runs, "metrics").map((key) => ({
        head: key,
        number: true,
        sort: order(`metrics.\`${key}\``),
        cell: ({ metrics }) => number(metrics[key]),
      })),
      ...commonest(runs, "params").map((key) => ({
        head: key,
        number: true,
        sort: order(`params.\`${key}\``),
        cell: ({ params }) => params[key] ?? "–",
      })),
    ].filter(Boolean),
    runs,
  );
}
