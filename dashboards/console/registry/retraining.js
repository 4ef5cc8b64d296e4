import { query, read } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { at, bytes, number, short, since } from "../shared/format.js";
import { code, empty, section, tile, tiles } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { table } from "../shared/table.js";
import { jobTable } from "./jobs.js";
import { requestTable } from "./requests.js";
import { jobBadge } from "./states.js";

const OPEN = ["waiting", "accepted", "running"];

/** What is to be trained again, what runs, and what it is trained on. */
export const page = {
  title: () => "Retraining",

  async load(_, __, signal) {
    const list = (name, parameters, key) =>
      read(query(`/api/v1/${name}`, parameters), { signal }).then((answer) => answer[key]);
    const [requests, jobs, sets] = await Promise.all([
      list("retrain-requests", { limit: 100 }, "retrain_requests"),
      list("jobs", { limit: 50 }, "jobs"),
      list("training-sets", { limit: 50 }, "training_sets"),
    ]);
    return { requests, jobs, sets };
  },

  create() {
    const [counts, queue, done, jobs, sets] = [
      region(countTiles),
      region(queueView),
      region(doneView),
      region(jobView),
      region(setView),
    ];
    return {
      node: html(
        "div",
        null,
        html("h1", null, "Retraining"),
        counts.node,
        section("Queue", queue.node),
        section("Jobs", jobs.node),
        section("Over", done.node),
        section("Training sets", sets.node),
      ),
      show(data) {
        const isOpen = ({ state }) => OPEN.includes(state);
        counts.show({ requests: data.requests.map(({ state }) => state), jobs: data.jobs.map(({ state }) => state) });
        queue.show(data.requests.filter(isOpen).sort((a, b) => OPEN.indexOf(b.state) - OPEN.indexOf(a.state)));
        done.show(data.requests.filter((request) => !isOpen(request)));
        jobs.show(data.jobs);
        sets.show(data.sets);
      },
    };
  },

  pulse: ({ jobs }) => (jobs.some(({ state }) => state === "running") ? 5000 : null),

  concerns: ({ type }) => type === "request" || type === "job",
};

function countTiles({ requests, jobs }) {
  const many = (list, state) => number(list.filter((one) => one === state).length);
  return tiles(
    tile("requests waiting", many(requests, "waiting")),
    tile("accepted", many(requests, "accepted")),
    tile("in training", many(requests, "running")),
    tile("jobs running", many(jobs, "running"), `${many(jobs, "queued")} queued`),
  );
}

const queueView = (requests) => (requests.length ? requestTable(requests) : empty("Nothing waits to be trained."));
const doneView = (requests) => (requests.length ? requestTable(requests) : empty("No request has ended yet."));
const jobView = (jobs) => (jobs.length ? jobTable(jobs) : empty("No job has run."));

function setView(sets) {
  if (!sets.length) return empty("No rows are kept to train on.");
  return table("Training sets", [
    { head: "set", header: true, cell: ({ id }) => code(id, short(id, 8)) },
    { head: "model", cell: ({ model }) => link(path("models", model), model) },
    { head: "state", cell: ({ state }) => (state === "ready" ? "ready" : jobBadge(state)) },
    { head: "rows", number: true, cell: ({ rows }) => number(rows) },
    { head: "labelled", number: true, cell: ({ labelled }) => number(labelled) },
    { head: "first row", cell: ({ first }) => at(first) },
    { head: "last row", cell: ({ last }) => at(last) },
    { head: "size", number: true, cell: ({ size }) => bytes(size) },
    { head: "made", cell: ({ created }) => since(created) },
  ], sets);
}
