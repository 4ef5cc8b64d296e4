import { query, read } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { instant, number, since } from "../shared/format.js";
import { badge, code, empty, section } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { table } from "../shared/table.js";
import { stateBadge } from "./levels.js";

const MESSAGES = 5;

/** What arrives, what is lost on the way, and what waits to go out. */
export const page = {
  title: () => "Streams",

  async load(_, __, signal) {
    const status = await read("/api/v1/status", { signal });
    const suspects = status.models.filter(({ counters }) => Object.keys(counters.rejected).length);
    const quarantine = await Promise.all(
      suspects.map(({ model }) =>
        read(query(`/api/v1${path("models", model)}/quarantine`, { limit: MESSAGES }), { signal })
      ),
    );
    return {
      status,
      quarantine: suspects.map(({ model }, place) => ({ model, messages: quarantine[place].messages })),
    };
  },

  create() {
    const [streams, sinks, refused] = [region(streamTable), region(sinkTable), region(quarantineView)];
    return {
      node: html(
        "div",
        null,
        html("h1", null, "Streams"),
        section("In", streams.node),
        section("Out", sinks.node),
        section("What could not be read", refused.node),
      ),
      show({ status, quarantine }) {
        streams.show(status.models);
        sinks.show(status.sinks);
        if (quarantine) refused.show(quarantine);
      },
    };
  },

  take(event, view) {
    if (event.type !== "status" || !event.data?.models) return false;
    view.show({ status: event.data });
    return true;
  },

  concerns: () => false,
};

function streamTable(models) {
  if (!models.length) return empty("No model is watched.");
  const counter = (head, pick) => ({ head, number: true, cell: ({ counters }) => suspicious(pick(counters)) });
  const plain = (head, pick) => ({ head, number: true, cell: ({ counters }) => number(pick(counters)) });
  return table("Streams", [
    { head: "model", header: true, cell: ({ model }) => link(path("models", model), model) },
    { head: "state", cell: ({ state }) => stateBadge(state) },
    { head: "rows/s", number: true, cell: ({ rows_per_second: rate }) => number(rate, 3) },
    plain("rows", ({ rows }) => rows),
    plain("answers", ({ predictions }) => predictions),
    plain("labels", ({ labels }) => labels),
    plain("messages", ({ received }) => received),
    counter("missed", ({ missed }) => missed),
    counter("duplicate", ({ duplicate }) => duplicate),
    counter("late", ({ late }) => late),
    counter("too early", ({ future }) => future),
    { head: "rejected", class: "wrap", cell: ({ counters }) => rejections(counters.rejected) },
    counter("windows dropped", ({ dropped_panes: panes }) => panes),
    { head: "last message", cell: ({ last_row: last }) => since(last) },
  ], models);
}

/** What should be none stands out, and not by its colour alone. */
function suspicious(value) {
  return value > 0 ? html("strong", { class: "suspicious" }, "▲ ", number(value)) : number(value ?? 0);
}

function rejections(rejected) {
  const reasons = Object.entries(rejected);
  return reasons.length ? reasons.map(([reason, count]) => html("div", null, suspicious(count), ` ${reason}`)) : "0";
}

function sinkTable(sinks = []) {
  if (!sinks.length) return empty("Events go nowhere: no ", html("code", null, "[[sink]]"), " is configured.");
  return table("Sinks", [
    { head: "sink", header: true, cell: ({ sink }) => code(sink) },
    {
      head: "state",
      cell: (
        { problem, pending },
      ) => (problem ? badge("critical", "cannot deliver") : badge("ok", pending ? "delivers" : "all delivered")),
    },
    { head: "wait", number: true, cell: ({ pending }) => number(pending) },
    { head: "the oldest since", cell: ({ oldest }) => since(oldest) },
    { head: "problem", class: "wrap", cell: ({ problem }) => problem ?? "–" },
  ], sinks);
}

function quarantineView(quarantine) {
  const messages = quarantine.flatMap(({ model, messages }) => messages.map((message) => ({ model, ...message })));
  if (!messages.length) return empty("Every message could be read.");
  return table("Messages that could not be read", [
    { head: "when", header: true, cell: ({ received }) => instant(received) },
    { head: "model", cell: ({ model }) => model },
    { head: "topic", cell: ({ topic }) => code(topic) },
    { head: "why", cell: ({ reason }) => reason },
    { head: "what exactly", class: "wrap", cell: ({ detail }) => detail },
  ], messages);
}
