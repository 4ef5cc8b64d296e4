import { query, read } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { share, short, since } from "../shared/format.js";
import { badge, empty } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { table } from "../shared/table.js";
import { phaseBadge, verdictBadge } from "./states.js";

/** All rollouts, the newest first. */
export const page = {
  title: () => "Rollouts",
  load: (_, search, signal) =>
    read(query("/api/v1/rollouts", { model: search.get("model"), live: search.get("live"), limit: 200 }), { signal }),

  create(_, search, shell) {
    const rows = region((
      rollouts,
    ) => (rollouts.length
      ? rolloutTable(rollouts)
      : empty("There is no such rollout. ", html("code", null, "leeway rollout start MODEL"), " begins one."))
    );
    const submit = (event) => {
      event.preventDefault();
      shell.go(query("/rollouts", { model: model.value, live: live.checked ? "true" : "" }));
    };
    const model = html("input", { type: "search", id: "model", name: "model", value: search.get("model") ?? "" });
    const live = html("input", { type: "checkbox", id: "live", checked: search.get("live") === "true" });
    const form = html(
      "form",
      { class: "search", onsubmit: submit, onchange: submit },
      html("label", { for: "model" }, "Model ", model),
      html("label", { for: "live" }, "Under way only ", live),
      html("button", null, "Show"),
    );
    return {
      node: html("div", null, html("h1", null, "Rollouts"), form, rows.node),
      show: ({ rollouts }) => rows.show(rollouts),
    };
  },

  concerns: ({ type }) => type === "rollout",
};

export function rolloutTable(rollouts) {
  return table("Rollouts", [
    { head: "rollout", header: true, cell: ({ id }) => link(path("rollouts", id), short(id, 8)) },
    { head: "model", cell: ({ model }) => link(path("models", model), model) },
    {
      head: "phase",
      cell: (
        { phase, awaiting },
      ) => [phaseBadge(phase), awaiting ? [" ", badge("warning", "waits for approval")] : null],
    },
    { head: "versions", cell: ({ control, candidates }) => `${candidates.join(", ")} against ${control}` },
    {
      head: "each has",
      number: true,
      cell: ({ comparison, ended }) => (comparison && !ended ? share(comparison.stages.at(-1).shares.control) : "–"),
    },
    { head: "verdict", cell: ({ conclusion }) => conclusion.verdicts.map((verdict) => [verdictBadge(verdict), " "]) },
    { head: "why", class: "wrap", cell: ({ conclusion, ended }) => reasonOf(conclusion, ended) },
    { head: "begun", cell: ({ created }) => since(created) },
    { head: "ended", cell: ({ ended }) => since(ended) },
  ], rollouts);
}

const RULES = {
  kill_switch: "the kill switch is there",
  unscorable: "a version cannot be scored",
  hard_guardrail: "a hard guardrail is broken",
  superseded: "the champion was moved by hand",
  command: "a person said so",
  validity: "the evidence is not to be trusted",
  soft_guardrail: "a soft guardrail is broken",
  paused: "a person has paused it",
  wait: "it needs more evidence",
  approval: "it waits for approval",
  gate: "the gate",
  shadow: "in the shadow",
  advance: "the share grows",
  promote: "the candidate is promoted",
  baking: "the new champion is watched",
  both_bad: "both are bad",
  out_of_time: "out of time",
  ended: "over",
};

export function ruleText(rule) {
  return RULES[rule] ?? rule;
}

const FINDINGS = {
  killed: "the kill switch",
  unscorable: "cannot be scored",
  harm: "is shown to happen more often",
  loss: "is shown to be higher",
  sample_ratio: "units do not fall into the arms as configured",
  label_ratio: "labels do not fall into the arms as configured",
  crossovers: "units are seen in two arms",
  silence: "no agent reports",
  empty_arm: "an arm has no units",
  one_label: "all labels are the same",
  unusable: "figures that cannot be",
  drift: "is shown to be beyond its margin",
  late: "rows came too late",
  champion_bad: "the champion is beyond its floor",
  refused_command: "a command was refused",
};

export function findingText({ kind, metric, candidate }) {
  return [
    metric?.replaceAll("_", " "),
    FINDINGS[kind] ?? kind,
    candidate === undefined ? null : `(candidate ${candidate + 1})`,
  ].filter(Boolean).join(" ");
}

/** Why a rollout is where it is. */
export function reasonOf({ rule, findings }, hasEnded) {
  const text = rule === "baking" && hasEnded ? "the new champion was watched for long enough" : ruleText(rule);
  return [text, ...findings.map(findingText)].join("; ");
}
