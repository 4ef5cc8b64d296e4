import { read } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { at, count, instant, moment, number, pValue, short, since } from "../shared/format.js";
import { lineChart } from "../shared/line-chart.js";
import { badge, bar, code, empty, facts, section } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { featurePath } from "./paths.js";
import { KINDS } from "./kinds.js";
import { alertBadge, severityBadge, verdictBadge } from "./levels.js";
import { measureName } from "./measures.js";

/** One alert from its cause to its consequence. */
export const page = {
  title: ({ alert }) => `Alert ${short(alert)}`,
  load: ({ alert }, _, signal) => read(`/api/v1${path("alerts", alert)}`, { signal }),

  create() {
    const body = region((
      alert,
    ) => [headOf(alert), causeOf(alert), consequenceOf(alert), courseOf(alert), storyOf(alert)]);
    return { node: body.node, show: (data) => body.show(data) };
  },

  concerns: ({ type, data }, { alert }) =>
    type === "alert" && (!data || data.id === alert || data.fingerprint === alert),
};

function headOf(alert) {
  const { kind, model, version, features, measure, value, threshold, since: began, resolved } = alert;
  const where = features.length
    ? features.join(", ")
    : `${measureName(measure)}${version ? ` of version ${version}` : ""}`;
  return [
    html("p", { class: "crumbs" }, link("/alerts", "Alerts"), " / ", link(path("models", model), model)),
    html("h1", null, `${KINDS[kind] ?? kind}: ${where}`),
    html(
      "p",
      { class: "headline" },
      alertBadge(alert),
      " since ",
      at(began),
      " (",
      since(began),
      ")",
      resolved ? [", resolved ", at(resolved)] : null,
      ". ",
      measureName(measure),
      " ",
      html("strong", null, number(value, 3)),
      threshold !== undefined ? `, large from ${number(threshold, 3)}.` : ".",
    ),
  ];
}

// MARK: Cause

function causeOf({ model, kind, story }) {
  const spoken = story.filter(({ contributors }) => contributors?.length);
  const first = spoken[0];
  if (!first) return null;
  const newest = spoken.at(-1);
  const lists = newest === first
    ? [contributorList(model, kind, first, "When it fired")]
    : [contributorList(model, kind, first, "When it fired"), contributorList(model, kind, newest, "Most lately")];
  return section("What moved", html("div", { class: "charts" }, lists));
}

function contributorList(model, kind, { contributors, window }, when) {
  const most = Math.max(...contributors.map(({ value }) => Math.abs(value)), 1e-12);
  const family = kind === "prediction" ? "prediction" : "data";
  const items = contributors.map(({ feature, measure, value, score, p_value: p }) =>
    html(
      "li",
      null,
      feature && window
        ? link(featurePath(model, { name: feature, family }, window.end), feature)
        : html("span", null, feature || measureName(measure)),
      bar(Math.abs(value), most, `${measureName(measure)} of ${feature || model}`),
      html(
        "span",
        { class: "figure" },
        `${measure} ${number(value, 3)}`,
        html("small", null, [
          score !== undefined ? ` score ${number(score, 3)}` : "",
          p !== undefined ? ` p ${pValue(p)}` : "",
        ]),
      ),
    )
  );
  return html(
    "div",
    null,
    html("h3", null, when, window ? html("small", null, ` in the window to ${moment(window.end)}`) : null),
    html("ol", { class: "contributors" }, items),
  );
}

// MARK: Consequence

const ANSWERS = {
  accepted: "ok",
  running: "info",
  waiting: "warning",
  candidate: "ok",
  covered: "info",
  refused: "quiet",
  rejected: "critical",
  failed: "critical",
  given_up: "critical",
  cancelled: "quiet",
};

function consequenceOf({ request, state, resolved }) {
  return section(
    "What came of it",
    facts([
      [
        "training asked for",
        request
          ? [badge(ANSWERS[request.state] ?? "quiet", request.state), " ", request.reason]
          : "no: no rule of [stream.retrain] asked for it",
      ],
      ["request", request ? code(request.id, short(request.id, 16)) : null],
      ["alert", state === "firing" ? "still fires" : ["resolved ", at(resolved)]],
    ]),
  );
}

// MARK: Course

function courseOf({ story, threshold, measure }) {
  const looks = story.filter(({ value, window }) => value !== undefined && window);
  if (looks.length < 2) return null;
  return section(
    "Course",
    lineChart({
      label: `${measureName(measure)} at each step of the alert.`,
      over: "time",
      xs: looks.map(({ window }) => Date.parse(window.end)),
      series: [{ name: measureName(measure), values: looks.map(({ value }) => value), mark: "series-1" }],
      levels: threshold !== undefined ? [{ name: `large from ${number(threshold, 3)}`, value: threshold }] : [],
    }),
  );
}

// MARK: Story

const STEPS = {
  fired: (step) => [severityBadge(step.severity, "fired"), strongest(step)],
  worsened: (step) => [severityBadge(step.severity, "worsened"), strongest(step)],
  reopened: (step) => [severityBadge(step.severity, "fired again"), strongest(step)],
  window: (step) => [verdictBadge(step.verdict), strongest(step)],
  proposed: (step) => [badge("info", "training proposed"), ` ${step.reason}`],
  answered: (step) => [badge(ANSWERS[step.state] ?? "quiet", `registry: ${step.state}`), ` ${step.reason}`],
  resolved: (step) => [badge("ok", "resolved"), strongest(step)],
};

function strongest({ feature, measure, value, window }) {
  const what = feature ? [" ", html("strong", null, feature), " "] : " ";
  return [
    what,
    measure ? `${measure} ${number(value, 3)}` : null,
    window ? html("small", null, `, window to ${moment(window.end)}, ${count(window.rows, "row")}`) : null,
  ];
}

function storyOf({ story, omitted }) {
  if (!story.length) return section("Story", empty("Nothing is known of how it came about."));
  const items = chapters(story).map((steps) => (steps.length > MOST_WINDOWS ? folded(steps) : steps.map(stepItem)));
  const note = omitted ? html("p", { class: "note" }, `${count(omitted, "step")} in between were left out.`) : null;
  return section("Story", html("ol", { class: "story" }, items), note);
}

/** More windows in a row that only went on are folded. */
const MOST_WINDOWS = 3;

/** Runs of windows between steps that changed something; each of the others by itself. */
function chapters(story) {
  return story.reduce((found, step) => {
    const last = found.at(-1);
    if (step.step === "window" && last?.[0].step === "window") last.push(step);
    else found.push([step]);
    return found;
  }, []);
}

function stepItem(step) {
  return html(
    "li",
    { class: `step-${step.step}` },
    html("time", { datetime: step.time }, instant(step.time)),
    html("p", null, (STEPS[step.step] ?? ((one) => one.step))(step)),
  );
}

function folded(steps) {
  const [first, last] = [steps[0], steps.at(-1)];
  const drifted = steps.filter(({ verdict }) => verdict === "drifted").length;
  const range = first.measure === last.measure
    ? `, ${first.measure} from ${number(first.value, 3)} to ${number(last.value, 3)}`
    : "";
  const summary = html("summary", null, `${count(steps.length, "window")}, ${drifted} of them drifted${range}`);
  return html(
    "li",
    null,
    html("time", null, `${instant(first.time)} to ${instant(last.time)}`),
    html("details", null, summary, html("ol", { class: "story" }, steps.map(stepItem))),
  );
}
