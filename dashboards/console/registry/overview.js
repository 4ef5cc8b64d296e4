import { query, read } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { count, number, since } from "../shared/format.js";
import { badge, empty, section, tile, tiles } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { table } from "../shared/table.js";
import { jobTable } from "./jobs.js";
import { experiments, searchRuns } from "./mlflow.js";
import { requestTable } from "./requests.js";
import { rolloutTable } from "./rollouts.js";
import { runTable } from "./run-table.js";

/** What the registry knows, and what waits for somebody. */
export const page = {
  title: () => "Overview",

  async load(_, __, signal) {
    const list = (name, parameters, key) =>
      read(query(`/api/v1/${name}`, parameters), { signal }).then((answer) => answer[key]);
    const [status, models, rollouts, requests, jobs, runs] = await Promise.all([
      read("/api/v1/status", { signal }),
      list("models", {}, "models"),
      list("rollouts", { live: true, limit: 20 }, "rollouts"),
      list("retrain-requests", { limit: 8 }, "retrain_requests"),
      list("jobs", { limit: 8 }, "jobs"),
      newestRuns(signal),
    ]);
    return { figures: status.figures, models, rollouts, requests, jobs, runs };
  },

  create() {
    const [figures, waiting] = [region(figureTiles), region(waitingList)];
    const parts = {
      models: region((
        models,
      ) => (models.length ? modelTable(models) : empty(
        "No model is registered. MLflow's client registers one: ",
        html("code", null, "mlflow.register_model"),
        ".",
      ))),
      rollouts: region((
        rollouts,
      ) => (rollouts.length
        ? rolloutTable(rollouts)
        : empty("No rollout is under way. ", html("code", null, "leeway rollout start MODEL"), " begins one."))
      ),
      requests: region((
        requests,
      ) => (requests.length ? requestTable(requests) : empty("Nobody has asked to train a model again."))),
      jobs: region((jobs) => (jobs.length ? jobTable(jobs) : empty("No job has run."))),
      runs: region((runs) => (runs.length ? runTable(runs) : empty("No run has been logged."))),
    };
    const node = html(
      "div",
      null,
      html("h1", null, "Overview"),
      waiting.node,
      figures.node,
      section("Models", parts.models.node),
      section("Rollouts under way", parts.rollouts.node),
      section("Retraining", parts.requests.node, html("p", null, link("/retraining", "All requests and jobs"))),
      section("Jobs", parts.jobs.node),
      section("Newest runs", parts.runs.node, html("p", null, link("/runs", "All runs"))),
    );
    return {
      node,
      show(data) {
        figures.show(data.figures);
        waiting.show(data.rollouts.filter(needsSomebody));
        for (const [name, part] of Object.entries(parts)) part.show(data[name]);
      },
    };
  },

  concerns: ({ type }) => ["rollout", "job", "request", "run", "move", "model"].includes(type),
};

async function newestRuns(signal) {
  const known = await experiments(signal);
  return (await searchRuns(
    { experiments: known.map(({ id }) => id), order: "attributes.start_time DESC", limit: 8 },
    signal,
  )).runs;
}

function figureTiles(figures) {
  return tiles(
    tile("models", number(figures.models), count(figures.versions, "version")),
    tile("runs", number(figures.runs), count(figures.experiments, "experiment")),
    tile("artifacts", number(figures.artifacts)),
    tile("training sets", number(figures.trainingSets)),
  );
}

function needsSomebody({ awaiting, conclusion }) {
  return awaiting || ["paused", "soft_guardrail", "out_of_time", "validity"].includes(conclusion.rule);
}

/** What does not go on by itself. */
function waitingList(rollouts) {
  if (!rollouts.length) return null;
  return html(
    "div",
    { class: "headline" },
    rollouts.map(({ id, model, awaiting, conclusion }) =>
      html(
        "p",
        null,
        badge("warning", awaiting ? "waits for approval" : "held"),
        " ",
        link(path("rollouts", id), "The rollout"),
        " of ",
        html("strong", null, model),
        awaiting ? `: a person must agree to the next step (${awaiting})` : `: ${conclusion.rule.replaceAll("_", " ")}`,
      )
    ),
  );
}

function modelTable(models) {
  const version = (number) => number ?? "–";
  return table("Models", [
    { head: "model", header: true, cell: ({ name }) => link(path("models", name), name) },
    { head: "champion", number: true, cell: ({ champion }) => version(champion) },
    { head: "candidate", number: true, cell: ({ candidate }) => version(candidate) },
    { head: "previous", number: true, cell: ({ previous }) => version(previous) },
    { head: "versions", number: true, cell: ({ versions }) => number(versions.length) },
    { head: "changed", cell: ({ updated }) => since(updated) },
    { head: "protected", cell: ({ protected: isProtected }) => (isProtected ? "yes" : "no") },
  ], models);
}
