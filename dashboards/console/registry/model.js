import { query, read, readIfPresent } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { at, bytes, count, instant, number, short, since } from "../shared/format.js";
import { badge, code, empty, facts, section, tile, tiles } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { table } from "../shared/table.js";
import { rolloutTable } from "./rollouts.js";
import { aliasBadges, gateBadge, requestBadge } from "./states.js";

/** A model: who serves, since when and why, and where each version came from. */
export const page = {
  title: ({ model }) => model,

  async load({ model: name }, search, signal) {
    const address = `/api/v1${path("models", name)}`;
    const [model, { moves }, { rollouts }] = await Promise.all([
      read(address, { signal }),
      read(`${address}/history?limit=50`, { signal }),
      read(query("/api/v1/rollouts", { model: name, limit: 20 }), { signal }),
    ]);
    const number = search.get("version") ?? model.champion ?? model.versions[0]?.version;
    const version = number
      ? await readIfPresent(`${address}/versions/${encodeURIComponent(number)}`, { signal })
      : null;
    const asked = version?.tags["leeway.request"];
    const request = asked ? await readIfPresent(`/api/v1${path("retrain-requests", asked)}`, { signal }) : null;
    return { model, moves, rollouts, version, request };
  },

  create() {
    const parts = {
      head: region(headOf),
      versions: region(versionsView),
      lineage: region(lineageView),
      rollouts: region(rolloutsView),
      moves: region(movesView),
    };
    return {
      node: html(
        "div",
        null,
        parts.head.node,
        section("Versions", parts.versions.node),
        parts.lineage.node,
        section("Rollouts", parts.rollouts.node),
        section("Who served, and why", parts.moves.node),
      ),
      show({ model, moves, rollouts, version, request }) {
        parts.head.show(model);
        parts.versions.show({ model, shown: version?.version });
        parts.lineage.show({ version, request, moves: moves.filter((move) => move.version === version?.version) });
        parts.rollouts.show(rollouts);
        parts.moves.show(moves);
      },
    };
  },

  concerns: ({ type, data }, { model }) =>
    type === "rollout" || ((type === "move" || type === "model") && data?.model === model),
};

function headOf(model) {
  const served = (
    number,
  ) => (number ? link(`${path("models", model.name)}?version=${number}`, `version ${number}`) : "none");
  return [
    html("h1", null, model.name, model.protected ? [" ", badge("info", "protected")] : null),
    model.description ? html("p", null, model.description) : null,
    tiles(
      tile("champion", served(model.champion)),
      tile("candidate", served(model.candidate)),
      tile("previous", served(model.previous)),
      tile("versions", number(model.versions.length)),
      tile("changed", since(model.updated)),
    ),
  ];
}

function versionsView({ model, shown }) {
  if (!model.versions.length) return empty("The model has no version yet.");
  return table("Versions", [
    {
      head: "version",
      header: true,
      cell: ({ version }) =>
        html("a", {
          href: `${path("models", model.name)}?version=${version}`,
          "aria-current": version === shown ? "true" : null,
        }, version),
    },
    { head: "named", cell: ({ aliases }) => (aliases.length ? aliasBadges(aliases) : "–") },
    { head: "gate", cell: ({ tags }) => gateBadge(tags["leeway.gate"]) ?? "–" },
    { head: "run", cell: ({ run }) => (run ? link(path("runs", run), short(run, 8)) : "–") },
    { head: "description", class: "wrap", cell: ({ description }) => description || "–" },
    { head: "digest", cell: ({ digest }) => (digest ? code(digest, short(digest, 12)) : "not pinned") },
    { head: "made", cell: ({ created }) => since(created) },
  ], model.versions);
}

// MARK: Lineage

/** How a version came to be, from what set it off to who let it serve. */
function lineageView({ version, request, moves }) {
  if (!version) return null;
  const steps = [requestSteps(request), madeFrom(version), registration(version), moves.toReversed().map(moveStep)];
  return section(
    `How version ${version.version} came to be`,
    html("ol", { class: "story" }, steps),
    filesOf(version),
    html("details", { class: "fold" }, html("summary", null, "Metrics of its run"), metricsOf(version)),
  );
}

/** Data, run and gate. */
function madeFrom({ run, tags, lineage = {} }) {
  const commit = lineage.git_commit ? [" at ", code(lineage.git_commit, short(lineage.git_commit))] : null;
  const source = lineage.source ? ` of ${lineage.source}` : null;
  const data = lineage.datasets?.map(({ name, digest, context }) =>
    html("p", null, name, context ? `, for ${context} ` : " ", code(digest, short(digest, 12)))
  );
  return [
    step("data", data),
    step("run", run && html("p", null, link(path("runs", run), lineage.run_name || short(run)), commit, source)),
    step("gate", tags["leeway.gate"] && html("p", null, gateBadge(tags["leeway.gate"]))),
  ];
}

function registration({ created, digest, lineage = {} }) {
  const pinned = digest ? [", pinned as ", code(digest, short(digest, 16))] : ", its files are not pinned";
  return step(`registered ${instant(created)}`, html("p", null, `by ${lineage.registered_by}`, pinned));
}

function moveStep({ alias, time, actor, reason }) {
  return step(`named ${alias} ${instant(time)}`, html("p", null, `by ${actor}: ${reason || "no reason given"}`));
}

function filesOf({ files }) {
  return html(
    "details",
    { class: "fold" },
    html("summary", null, count(files.length, "file")),
    table("Files of the version", [
      { head: "file", header: true, cell: ({ path }) => path },
      { head: "size", number: true, cell: ({ size }) => bytes(size) },
      { head: "SHA-256", cell: ({ digest }) => code(digest, short(digest, 16)) },
    ], files),
  );
}

function metricsOf({ lineage = {} }) {
  return facts(Object.entries(lineage.metrics ?? {}).sort().map(([name, value]) => [name, number(value)]));
}

function requestSteps(request) {
  if (!request) return null;
  const { cause, evidence = [], window } = request.request;
  return [
    evidence.map(({ time, severity, kind, measure, feature, value, source }) =>
      step(
        `alert ${instant(time)}`,
        html(
          "p",
          null,
          `${severity}, ${kind}: ${measure}${feature ? ` of ${feature}` : ""} was ${number(value, 3)}`,
          html("small", null, ` told by ${source}`),
        ),
      )
    ),
    step(
      `asked for ${instant(request.proposed)}`,
      html(
        "p",
        null,
        `${cause.trigger}: ${cause.reason}, by ${request.proposed_by} `,
        requestBadge(request.state),
        window ? html("small", null, ` rows of ${instant(window.start)} to ${instant(window.end)}`) : null,
      ),
    ),
  ];
}

function step(name, content) {
  return content ? html("li", null, html("time", null, name), content) : null;
}

// MARK: Rollouts and moves

const rolloutsView = (
  rollouts,
) => (rollouts.length ? rolloutTable(rollouts) : empty("No version was held against another in service."));

function movesView(moves) {
  if (!moves.length) return empty("No alias was ever moved.");
  return table("Moves of aliases", [
    { head: "when", header: true, cell: ({ time }) => at(time) },
    { head: "alias", cell: ({ alias }) => aliasBadges([alias]) },
    { head: "version", cell: ({ version, previous }) => `${previous ?? "none"} → ${version ?? "none"}` },
    { head: "by", cell: ({ actor, override }) => [actor, override ? [" ", badge("warning", "by hand")] : null] },
    {
      head: "why",
      class: "wrap",
      cell: (
        { reason, decision },
      ) => [reason || "–", decision ? html("small", null, ` ${decision.slice(0, 40)}`) : null],
    },
  ], moves);
}
