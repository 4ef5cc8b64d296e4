import { badge } from "../shared/parts.js";

const REQUESTS = {
  waiting: ["info", "waiting"],
  accepted: ["info", "accepted"],
  running: ["info", "running"],
  candidate: ["ok", "made a version"],
  rejected: ["warning", "rejected"],
  failed: ["critical", "failed"],
  refused: ["quiet", "refused"],
  covered: ["quiet", "covered"],
  cancelled: ["quiet", "cancelled"],
};

/** What became of a request to train again. */
export function requestBadge(state) {
  return badge(...(REQUESTS[state] ?? ["quiet", state]));
}

const JOBS = {
  queued: ["quiet", "queued"],
  running: ["info", "running"],
  succeeded: ["ok", "succeeded"],
  failed: ["critical", "failed"],
  cancelled: ["quiet", "cancelled"],
  interrupted: ["warning", "interrupted"],
};

export function jobBadge(state) {
  return badge(...(JOBS[state] ?? ["quiet", state]));
}

const RUNS = {
  RUNNING: ["info", "running"],
  SCHEDULED: ["quiet", "scheduled"],
  FINISHED: ["ok", "finished"],
  FAILED: ["critical", "failed"],
  KILLED: ["warning", "killed"],
};

export function runBadge(status) {
  return badge(...(RUNS[status] ?? ["quiet", status]));
}

const PHASES = {
  gate: "info",
  shadow: "info",
  promoted: "ok",
  closed: "ok",
  rejected: "warning",
  "rolled back": "critical",
  superseded: "quiet",
  expired: "quiet",
  "both bad": "critical",
};

export function phaseBadge(phase) {
  return badge(PHASES[phase] ?? "info", phase);
}

const VERDICTS = {
  better: ["ok", "better"],
  equivalent: ["info", "no worse"],
  worse: ["critical", "worse"],
  both_bad: ["critical", "both bad"],
  undecided: ["quiet", "undecided"],
};

export function verdictBadge(verdict) {
  return badge(...(VERDICTS[verdict] ?? ["quiet", verdict]));
}

const BEARINGS = {
  inside: ["ok", "within its margin"],
  beyond: ["critical", "beyond its margin"],
  open: ["quiet", "not shown yet"],
};

export function bearingBadge(bearing) {
  return badge(...(BEARINGS[bearing] ?? ["quiet", "for the verdict"]));
}

const GATES = {
  pass: ["ok", "passed the gate"],
  fail: ["warning", "failed the gate"],
  inconclusive: ["quiet", "gate inconclusive"],
};

export function gateBadge(verdict) {
  return GATES[verdict] ? badge(...GATES[verdict]) : null;
}

export function aliasBadges(aliases) {
  const levels = { champion: "ok", candidate: "info" };
  return aliases.map((alias) => [badge(levels[alias] ?? "quiet", alias), " "]);
}
