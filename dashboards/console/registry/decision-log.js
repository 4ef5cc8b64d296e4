import { call } from "../shared/api.js";
import { html, path } from "../shared/element.js";
import { instant } from "../shared/format.js";
import { empty } from "../shared/parts.js";
import { findingText, ruleText } from "./rollouts.js";
import { verdictBadge } from "./states.js";

/** A rollout's decisions; what was read is not read again. */
export class DecisionReader {
  #rollout;
  #known = [];

  constructor(rollout) {
    this.#rollout = rollout;
  }

  async read(signal) {
    const answer = await call(`/api/v1${path("rollouts", this.#rollout, "decisions")}?after=${this.#known.length}`, {
      signal,
    });
    const lines = (await answer.text()).split("\n").filter(Boolean);
    this.#known = [...this.#known, ...lines.map((line) => decisionOf(JSON.parse(line)))];
    return this.#known;
  }
}

function decisionOf({ entry, hash }) {
  const { sequence, observation, action, after, figures, missing, actor } = entry;
  return {
    sequence,
    time: observation.time,
    action: actionText(action),
    rule: after.conclusion.rule,
    findings: after.conclusion.findings,
    verdicts: after.conclusion.verdicts,
    success: figures?.success ?? [],
    figures,
    arms: armsOf(observation.evidence),
    missing,
    actor,
    hash,
  };
}

/** Units of all stages together, the control's first. */
function armsOf({ units = [] }) {
  const arms = [];
  for (const [arm, { seen, labelled, events }] of units.flatMap((stage) => [...stage.entries()])) {
    arms[arm] ??= { seen: 0, labelled: 0, events: {} };
    arms[arm].seen += seen;
    arms[arm].labelled += labelled;
    for (const [event, count] of Object.entries(events)) {
      arms[arm].events[event] = (arms[arm].events[event] ?? 0) + count;
    }
  }
  return arms;
}

/** Actions come as `{"advance": {"step": 1}}`. */
function actionText(action) {
  const [[name, details]] = Object.entries(action);
  const texts = {
    none: null,
    freeze: "keeps the shares",
    hold: "holds",
    advance: `goes to stage ${(details.step ?? 0) + 1}`,
    drop: `drops candidate ${(details.candidates ?? []).map((one) => one + 1).join(", ")}`,
    promote: `promotes candidate ${(details.candidate ?? 0) + 1}`,
    rollBack: "rolls back",
    close: "closes",
  };
  return name in texts ? texts[name] : name;
}

export function decisionList(decisions) {
  if (!decisions.length) return empty("Nothing has been decided yet.");
  return html(
    "ol",
    { class: "story", reversed: true },
    decisions.toReversed().map((decision) =>
      html(
        "li",
        { class: decision.action ? "step-acted" : null },
        html("time", { datetime: decision.time }, instant(decision.time)),
        html("small", null, `  ${decision.sequence + 1}, by ${decision.actor}`),
        html(
          "p",
          null,
          decision.action ? [html("strong", null, decision.action), ": "] : null,
          ruleText(decision.rule),
          " ",
          decision.verdicts.map((verdict) => [verdictBadge(verdict), " "]),
        ),
        [...decision.findings.map(findingText), ...decision.missing].map((sentence) =>
          html("p", { class: "note" }, sentence)
        ),
      )
    ),
  );
}
