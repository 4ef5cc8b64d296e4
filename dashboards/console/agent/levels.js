import { badge } from "../shared/parts.js";

/** What a cell's character in a timeline means: what the API calls it elsewhere, and how bad it is. */
export const LEVELS = {
  "-": { name: "none", text: "not compared", weight: 0 },
  i: { name: "insufficient", text: "too few rows", weight: 0 },
  n: { name: "normal", text: "normal", weight: 0 },
  w: { name: "warning", text: "large", weight: 1 },
  c: { name: "critical", text: "very large", weight: 3 },
  a: { name: "alarmed", text: "alarmed", weight: 8 },
};

const BADGES = {
  none: ["quiet", "not compared"],
  insufficient: ["quiet", "too few rows"],
  normal: ["ok", "normal"],
  warning: ["warning", "large"],
  critical: ["warning", "very large"],
  alarmed: ["critical", "alarmed"],
};

export function levelBadge(level) {
  return badge(...(BADGES[level] ?? ["quiet", level]));
}

const VERDICTS = {
  ok: ["ok", "no drift"],
  drifted: ["critical", "drifted"],
  incomplete: ["warning", "values missing"],
  insufficient: ["quiet", "too few rows"],
  degraded: ["critical", "degraded"],
};

export function verdictBadge(verdict) {
  return badge(...(VERDICTS[verdict] ?? ["quiet", verdict ?? "no window yet"]));
}

const STATES = {
  monitoring: ["ok", "watching"],
  awaiting_reference: ["info", "waits for its reference"],
  stale: ["warning", "nothing arrives"],
  failed: ["critical", "failed"],
};

export function stateBadge(state) {
  return badge(...(STATES[state] ?? ["quiet", state]));
}

export function severityBadge(severity, word = severity) {
  return badge(severity === "critical" ? "critical" : "warning", word);
}

/** An alert's state: how bad it is while it fires, and that it is over. */
export function alertBadge({ severity, state }) {
  return state === "firing" ? severityBadge(severity, `${severity}, fires`) : badge("quiet", `${severity}, resolved`);
}

/** How bad a model is, so that those come first that need somebody. */
export function urgency(model) {
  if (model.alerts.some(({ severity }) => severity === "critical")) return 5;
  if (model.alerts.length) return 4;
  if (model.state === "failed") return 3;
  if (model.state === "stale" || model.verdict === "incomplete") return 2;
  return model.verdict === "drifted" ? 2 : 0;
}

/** Messages and windows that were lost, one way or another, with why. */
export function losses({ rejected = {}, missed, duplicate, late, future, dropped_panes: panes }) {
  const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
  const kinds = [["missed", missed], ["rejected", refused - (duplicate ?? 0)], ["late", late], ["too early", future], [
    "windows dropped",
    panes,
  ]];
  return kinds.filter(([, count]) => count > 0);
}
