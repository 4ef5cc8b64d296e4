import { read, readIfPresent } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { at, difference, duration, instant, number, pValue, share, short, since } from "../shared/format.js";
import { badge, code, empty, facts, section, tile, tiles } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { table } from "../shared/table.js";
import { intervalBar, sequenceChart } from "./confidence-sequence.js";
import { decisionList, DecisionReader } from "./decision-log.js";
import { reasonOf } from "./rollouts.js";
import { bearingBadge, phaseBadge, verdictBadge } from "./states.js";

/** One rollout: what is known of its candidates, how surely, and what was decided by that. */
export const page = {
  title: ({ rollout }) => `Rollout ${short(rollout, 8)}`,

  async load({ rollout: id }, _, signal) {
    const address = `/api/v1${path("rollouts", id)}`;
    const [rollout, decisions, sequence] = await Promise.all([
      read(address, { signal }),
      readerOf(id).read(signal),
      readIfPresent(`${address}/sequence`, { signal }),
    ]);
    return { rollout, decisions, sequence };
  },

  create() {
    const parts = {
      head: region(headOf),
      ramp: region(rampOf),
      sequence: region(sequencesOf),
      arms: region(armsOf),
      guardrails: region(guardrailsOf),
      log: region(decisionList),
      policy: region(policyOf),
    };
    const node = html(
      "div",
      null,
      parts.head.node,
      section("Ramp", parts.ramp.node),
      section("Evidence", parts.sequence.node),
      section("Arms", parts.arms.node),
      section("Guardrails", parts.guardrails.node),
      section("Decisions", parts.log.node),
      section("Policy", parts.policy.node),
    );
    return {
      node,
      show({ rollout, decisions, sequence }) {
        const { arms, figures } = rollout.progress ?? decisions.at(-1) ?? {};
        parts.head.show(rollout);
        parts.ramp.show(rollout);
        parts.sequence.show({ rollout, decisions, sequence });
        parts.arms.show({ arms, comparison: rollout.comparison, launch: rollout.launch, ended: rollout.ended });
        parts.guardrails.show({ figures, policy: rollout.policy, versions: rollout.candidates });
        parts.log.show(decisions);
        parts.policy.show(rollout.policy);
      },
    };
  },

  /** Nobody tells of evidence that comes in. */
  pulse: ({ rollout }) => (rollout.ended ? null : 5000),

  concerns: ({ type, data }, { rollout }) => type === "rollout" && (!data?.rollout || data.rollout === rollout),
};

let reader = { id: null };

/** The same reader as long as the same rollout is looked at. */
function readerOf(id) {
  if (reader.id !== id) reader = { id, reader: new DecisionReader(id) };
  return reader.reader;
}

// MARK: Head

function headOf(rollout) {
  const { id, model, phase, control, candidates, conclusion, awaiting, progress, ended, created } = rollout;
  return [
    html("p", { class: "crumbs" }, link("/rollouts", "Rollouts"), " / ", link(path("models", model), model)),
    html("h1", null, `${model}: version ${candidates.join(", ")} against ${control} `, phaseBadge(phase)),
    html(
      "p",
      { class: "headline" },
      conclusion.verdicts.map((verdict) => [verdictBadge(verdict), " "]),
      `${reasonOf(conclusion, ended)}.`,
    ),
    awaiting
      ? html(
        "p",
        { class: "problems" },
        `A person must agree to the next step (${awaiting}): `,
        html("code", null, `leeway rollout approve ${short(id, 8)}`),
      )
      : null,
    progress?.missing.length
      ? html(
        "div",
        null,
        html("p", null, "What is still missing:"),
        html("ul", null, progress.missing.map((sentence) => html("li", null, sentence))),
      )
      : null,
    tiles(
      ended
        ? tile("took", duration((Date.parse(ended) - Date.parse(created)) / 1000))
        : tile("phase begun", since(rollout.since)),
      tile("begun", at(created), `by ${rollout.created_by}`),
      ended ? tile("ended", at(ended)) : tile("last report", since(rollout.heard)),
    ),
    facts([
      ["why", rollout.reason],
      ["request", rollout.request ? code(rollout.request, short(rollout.request)) : null],
      ["alert", rollout.alert ? code(rollout.alert) : null],
    ]),
  ];
}

// MARK: Ramp

/** The way from the gate to the end, and how far it has come. */
function rampOf({ policy, comparison, phase, since: began }) {
  const begun = (comparison?.stages ?? []).slice(0, policy.stages.length);
  const isServing = phase.startsWith("stage ");
  const steps = [
    policy.gate ? { name: "gate", isHere: phase === "gate", isDone: phase !== "gate" && phase !== "rejected" } : null,
    policy.shadow.on ? { name: "shadow", isHere: phase === "shadow", isDone: begun.length > 0 } : null,
    ...policy.stages.map(({ share: part }, step) => ({
      name: share(part),
      note: begun[step] && instant(begun[step].since),
      isHere: isServing && phase === `stage ${step + 1}`,
      isDone: step < begun.length && phase !== `stage ${step + 1}`,
    })),
    { name: "promoted", isHere: phase === "promoted", isDone: phase === "closed" },
    {
      name: ["promoted", "gate", "shadow"].includes(phase) || isServing ? "closed" : phase,
      isHere: !["promoted", "gate", "shadow"].includes(phase) && !isServing,
      note: null,
    },
  ].filter(Boolean);
  return html(
    "ol",
    { class: "ramp" },
    steps.map(({ name, note, isHere, isDone }) =>
      html(
        "li",
        { class: isHere ? "here" : isDone ? "done" : null, "aria-current": isHere ? "step" : null },
        html("span", { "aria-hidden": "true" }, isHere ? "▶ " : isDone ? "✓ " : "○ "),
        name,
        html("small", null, isHere ? ` since ${instant(began)}` : note ? ` from ${note}` : ""),
      )
    ),
  );
}

// MARK: Evidence

function sequencesOf({ rollout, decisions, sequence }) {
  const { candidates, policy } = rollout;
  return candidates.map((version, candidate) => {
    const points = pointsOf(candidate, rollout, decisions, sequence);
    if (points.length < 2) {
      return empty(`Too little is known of version ${version}: no cluster of time has its labels yet.`);
    }
    return html(
      "div",
      null,
      html(
        "h3",
        null,
        `Version ${version} less version ${rollout.control}: ${policy.success.metric.replaceAll("_", " ")} `,
        html("small", null, "below 0 the candidate is better"),
      ),
      sequenceChart({
        label:
          `Difference of ${policy.success.metric} of version ${version} and the control, with its interval, over time.`,
        points,
        margins: marginsOf(policy.success),
        decisions: decisions.filter(({ action }) => action).map(({ time, action }) => ({
          time: Date.parse(time),
          text: action,
        })),
      }),
    );
  });
}

/** After each cluster, where the registry says; else at each decision, and now. */
function pointsOf(candidate, { progress, heard }, decisions, sequence) {
  const figure = (time, { value, lower = null, upper = null }) => ({ time: Date.parse(time), value, lower, upper });
  if (sequence) return sequence.candidates[candidate].map((point) => figure(point.time, point));
  const past = decisions.filter(({ success }) => success[candidate]).map(({ time, success }) =>
    figure(time, success[candidate])
  );
  const now = progress?.figures.success[candidate];
  return now && heard ? [...past, figure(heard, now)] : past;
}

/** Beyond the upper one it does harm, below the lower one it is better. */
function marginsOf({ goal, margin }) {
  if (!margin) return [{ value: 0, name: "below: better, above: worse" }];
  return goal === "superior"
    ? [{ value: 0, name: "above: worse" }, { value: -margin, name: "below: better by enough" }]
    : [{ value: margin, name: "above: worse than tolerated" }, { value: 0, name: "below: better" }];
}

// MARK: Arms

function armsOf({ arms, comparison, launch, ended }) {
  const versions = [launch.control, ...launch.candidates].map(({ version }) => version);
  if (!arms?.some(({ seen }) => seen)) return empty(ended ? "Nobody was served." : "Nobody has been served yet.");
  const shares = comparison
    ? [comparison.stages.at(-1).shares.control, ...comparison.stages.at(-1).shares.candidates]
    : [];
  const events = [...new Set(arms.flatMap((arm) => Object.keys(arm.events)))].sort();
  const note = ended ? html("p", { class: "note" }, "As they were at the last decision.") : null;
  return [
    note,
    table("Arms", [
      { head: "arm", header: true, cell: (arm) => (arm ? `candidate ${arm}` : "control") },
      { head: "version", number: true, cell: (arm) => versions[arm] },
      { head: "share", number: true, cell: (arm) => share(shares[arm]) },
      { head: "units", number: true, cell: (arm) => number(arms[arm].seen) },
      { head: "labelled", number: true, cell: (arm) => number(arms[arm].labelled) },
      ...events.map((event) => ({
        head: event,
        number: true,
        cell: (
          arm,
        ) => [
          number(arms[arm].events[event] ?? 0),
          html("small", null, ` ${share((arms[arm].events[event] ?? 0) / (arms[arm].seen || 1))}`),
        ],
      })),
    ], arms.map((_, arm) => arm)),
  ];
}

// MARK: Guardrails

const EVENTS = ["exception", "timeout", "invalid", "slow"];

function guardrailsOf({ figures, policy, versions }) {
  if (!figures) return empty("Nothing has been measured yet.");
  return [
    validityOf(figures, policy),
    ...versions.map((version, candidate) =>
      html("div", null, html("h3", null, `Version ${version}`), guardrailTable(figures.candidates[candidate], policy))
    ),
  ];
}

function validityOf({ sample_ratio_p: units, label_ratio_p: labels, late, incomplete }, { sample_ratio_alpha: level }) {
  const check = (p) => badge(p <= level ? "critical" : "ok", p <= level ? "does not fit" : "fits");
  return facts([
    ["units in their arms", [check(units), ` p ${pValue(units)}`]],
    ["labels in their arms", [check(labels), ` p ${pValue(labels)}`]],
    ["rows too late", number(late)],
    ["clusters without rows of an arm", number(incomplete)],
  ]);
}

function guardrailTable(measures, { hard, soft, success }) {
  if (!measures.length) return empty("The candidate has left the rollout.");
  const guarded = measures.map((measure) => guardrail(measure, hard, soft, success));
  return table("Guardrails", [
    { head: "metric", header: true, cell: ({ metric }) => metric.replaceAll("_", " ") },
    { head: "kind", cell: ({ kind }) => kind },
    { head: "state", cell: ({ bearing }) => bearingBadge(bearing) },
    { head: "interval against its margin", class: "interval-cell", cell: (one) => intervalBar(one, one.text) },
    { head: "in figures", cell: ({ text }) => text },
    { head: "p", number: true, cell: ({ p }) => pValue(p) },
    { head: "from", number: true, cell: ({ count, isEvent }) => `${number(count)} ${isEvent ? "events" : "clusters"}` },
  ], guarded);
}

/** Of events the ratio of rates is guarded, as a relative increase; of all else the difference. */
function guardrail({ metric, bearing, value, lower, upper, p_value: p, count }, hard, soft, success) {
  const isEvent = EVENTS.includes(metric);
  const kind = metric in hard ? "hard" : metric in soft ? "soft" : "verdict";
  const margin = hard[metric] ?? soft[metric] ?? success.margin;
  const shown = (figure) => (figure === undefined || figure === null ? null : isEvent ? Math.expm1(figure) : figure);
  const text = (figure) => (figure === null ? "?" : isEvent ? `${difference(100 * figure)} %` : difference(figure));
  const [from, to] = [shown(lower), shown(upper)];
  const tolerated = kind === "verdict" ? "" : `, tolerated ${text(margin)}`;
  const range = from === null ? "no interval yet" : `${text(from)} to ${text(to)}`;
  return {
    metric,
    kind,
    bearing,
    value: shown(value),
    lower: from,
    upper: to,
    margins: margin ? [margin] : [],
    p,
    count,
    isEvent,
    text: range + tolerated,
  };
}

// MARK: Policy

function policyOf(policy) {
  const { success, clusters, approval } = policy;
  return facts([
    [
      "success",
      `${success.metric}: ${success.goal.replaceAll("_", " ")}${success.margin ? ` by ${number(success.margin)}` : ""}`,
    ],
    [
      "stages",
      policy.stages.map(({ share: part, minimum_units: units, minimum_duration: least }) =>
        html("div", null, `${share(part)}: ${number(units)} units, ${duration(least)}`)
      ),
    ],
    [
      "error",
      `α ${number(policy.alpha)}, budget ${number(policy.error_budget.alpha)} in ${
        duration(policy.error_budget.period)
      }`,
    ],
    [
      "clusters",
      `of ${duration(policy.cluster)}; ${number(clusters.favourable)} to go on, ${number(clusters.harm)} for harm`,
    ],
    ["labels take", duration(policy.label_delay)],
    ["at least", duration(policy.minimum_duration)],
    ["at most", `${duration(policy.maximum_duration)}, then ${policy.on_inconclusive}`],
    ["approval", approval.length ? approval.join(", ") : "none needed"],
    ["holdback", `${share(policy.holdback)}, watched for ${duration(policy.baking)}`],
    ["floor", policy.floor !== undefined ? number(policy.floor) : null],
  ]);
}
