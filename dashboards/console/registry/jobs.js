import { html, link, path } from "../shared/element.js";
import { duration, number, short, since } from "../shared/format.js";
import { bar } from "../shared/parts.js";
import { table } from "../shared/table.js";
import { jobBadge } from "./states.js";

export function jobTable(jobs) {
  return table("Jobs", [
    {
      head: "job",
      header: true,
      cell: ({ id, kind }) => [link(path("jobs", id), kind), " ", html("small", null, short(id, 8))],
    },
    { head: "state", cell: ({ state }) => jobBadge(state) },
    { head: "model", cell: ({ model }) => model },
    { head: "how far", cell: (job) => progressOf(job) },
    { head: "took", number: true, cell: (job) => duration(secondsOf(job)) },
    { head: "begun", cell: ({ started, created }) => since(started ?? created) },
    { head: "how it ended", class: "wrap", cell: ({ reason }) => reason },
  ], jobs);
}

export function secondsOf({ started, finished }) {
  return started ? ((finished ? Date.parse(finished) : Date.now()) - Date.parse(started)) / 1000 : null;
}

/** Rounds of those to be done, where the program says so. */
export function progressOf({ progress }) {
  if (!progress?.of) return progress?.event ?? "–";
  const text = `${number(progress.rounds)} of ${number(progress.of)} rounds`;
  return [bar(progress.rounds, progress.of, text), " ", text];
}
