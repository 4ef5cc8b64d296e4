import { html, link, path } from "../shared/element.js";
import { count, number, short, since } from "../shared/format.js";
import { code } from "../shared/parts.js";
import { table } from "../shared/table.js";
import { requestBadge } from "./states.js";

export function requestTable(requests) {
  return table("Requests to train again", [
    { head: "request", header: true, cell: ({ id }) => code(id, short(id, 8)) },
    { head: "state", cell: ({ state }) => requestBadge(state) },
    { head: "model", cell: ({ model }) => link(path("models", model), model) },
    {
      head: "asked for by",
      class: "wrap",
      cell: (
        { trigger, request, proposals },
      ) => [
        `${trigger}: ${request.cause.reason}`,
        proposals > 1 ? html("small", null, ` ${number(proposals)} times`) : null,
      ],
    },
    {
      head: "evidence",
      cell: ({ request }) => (request.evidence?.length ? count(request.evidence.length, "alert") : "–"),
    },
    {
      head: "what came of it",
      class: "wrap",
      cell: ({ reason, coveredBy }) => [reason, coveredBy ? ` by ${short(coveredBy, 8)}` : null],
    },
    {
      head: "version",
      number: true,
      cell: ({ model, version }) => (version ? link(`${path("models", model)}?version=${version}`, version) : "–"),
    },
    { head: "run", cell: ({ run }) => (run ? link(path("runs", run), short(run, 8)) : "–") },
    { head: "asked", cell: ({ proposed }) => since(proposed) },
  ], requests.map(({ covered_by: coveredBy, ...request }) => ({ ...request, coveredBy })));
}
