import { query, read, readIfPresent } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { at, moment, number, pValue, short, since } from "../shared/format.js";
import { lineChart } from "../shared/line-chart.js";
import { code, empty, problemList, section, tile, tiles } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { CellPanel, extentText } from "./cell-panel.js";
import { HeatMap } from "./heatmap.js";
import { featurePath } from "./paths.js";
import { KINDS } from "./kinds.js";
import { alertBadge, losses, severityBadge, stateBadge, verdictBadge } from "./levels.js";
import { measureName } from "./measures.js";
import { performanceView } from "./performance.js";
import { alarmedSince, concern, TimelineReader } from "./timeline.js";

const REPORTS = 60;

/** One model: its drift window by window, its answers, how well it does, and its alerts. */
export const page = {
  title: ({ model }) => model,

  async load({ model }, search, signal) {
    const measure = search.get("measure");
    const [{ models }, timeline, performance, { alerts }] = await Promise.all([
      read("/api/v1/models", { signal }),
      timelineOf(model, measure).read(signal),
      readIfPresent(query(`/api/v1${path("models", model)}/performance`, { limit: REPORTS }), { signal }),
      read(query("/api/v1/alerts", { model, limit: 10 }), { signal }),
    ]);
    return { status: models.find((one) => one.model === model), timeline, performance, alerts };
  },

  create(parameters, search, shell) {
    return new ModelView(parameters.model, search, shell);
  },

  take({ type, data }, view, { model }) {
    if (type !== "status" || !data?.models) return false;
    const status = data.models.find((one) => one.model === model);
    if (status) view.showStatus(status);
    return true;
  },

  concerns: ({ type, data }, { model }) => (type === "window" || type === "alert") && (!data || data.model === model),
};

let reader = { key: null };

/** The same reader as long as the same timeline is looked at. */
function timelineOf(model, measure) {
  const key = JSON.stringify([model, measure]);
  if (reader.key !== key) reader = { key, reader: new TimelineReader(model, measure) };
  return reader.reader;
}

class ModelView {
  #model;
  #search;
  #shell;
  #timeline = { windows: [], features: [] };
  #order = "concern";
  #wanted = "";

  constructor(model, search, shell) {
    [this.#model, this.#search, this.#shell] = [model, search, shell];
    this.head = region(headOf);
    this.blame = region((lines) =>
      lines.length ? html("ul", { class: "blame" }, lines.map((line) => blameLine(this.#model, line))) : null
    );
    this.panel = new CellPanel(model, (cell) => this.#beside(cell));
    this.map = new HeatMap((cell) => this.panel.open(cell));
    this.caption = html("p", { class: "note" });
    this.measures = html("select", { id: "measure", onchange: () => this.#measureBy(this.measures.value) });
    this.answers = region(answersView);
    this.performance = region(performanceView);
    this.alerts = region(alertList);
    this.none = empty("No window has closed yet. The open one closes when its time or its rows are full.");
    const all = html("p", null, link(query("/alerts", { model }), "All alerts of this model"));
    this.node = html(
      "div",
      null,
      this.head.node,
      section("Drift", this.blame.node, this.#tools(), this.caption, this.map.node, this.none, keyOfLevels()),
      section("Alerts", this.alerts.node, all),
      section("Answers", this.answers.node),
      section("Performance", this.performance.node),
      this.panel.node,
    );
  }

  close() {
    this.map.close();
  }

  show({ status, timeline, performance, alerts }) {
    this.#timeline = timeline;
    if (status) this.showStatus(status);
    this.#offerMeasures();
    this.#showMap();
    this.blame.show(blamed(timeline));
    this.answers.show(answersOf(timeline));
    this.performance.show(performance);
    this.alerts.show(alerts);
  }

  showStatus(status) {
    this.head.show(status);
  }

  #tools() {
    const filter = html("input", {
      type: "search",
      id: "wanted",
      placeholder: "part of a name",
      oninput: () => this.#filter(filter.value),
    });
    const order = html(
      "select",
      { id: "order", onchange: () => this.#arrange(order.value) },
      html("option", { value: "concern" }, "most drifted first"),
      html("option", { value: "name" }, "by name"),
      html("option", { value: "given" }, "as in the schema"),
    );
    return html(
      "form",
      { class: "search", onsubmit: (event) => event.preventDefault() },
      labelled("Measure", this.measures),
      labelled("Order", order),
      labelled("Features", filter),
    );
  }

  #offerMeasures() {
    const offered = ["primary", "score", ...this.#timeline.measures];
    if (this.measures.options.length === offered.length) return;
    this.measures.replaceChildren(...offered.map((name) => html("option", { value: name }, measureName(name))));
    this.measures.value = this.#search.get("measure") ?? this.#timeline.measure;
  }

  #measureBy(measure) {
    this.#search.set("measure", measure);
    this.#shell.remember(`${path("models", this.#model)}?${this.#search}`);
    this.#shell.reload();
  }

  #arrange(order) {
    this.#order = order;
    this.#showMap();
  }

  #filter(text) {
    this.#wanted = text.toLowerCase();
    this.#showMap();
  }

  #showMap() {
    const features = arranged(
      this.#timeline.features.filter(({ name }) => name.toLowerCase().includes(this.#wanted)),
      this.#order,
    );
    const isEmpty = !this.#timeline.windows.length;
    this.none.hidden = !isEmpty;
    this.map.node.hidden = isEmpty;
    this.caption.textContent = isEmpty
      ? ""
      : `${extentText({ windows: this.#timeline.windows, features })}, the newest on the right.`;
    this.map.show({ ...this.#timeline, model: this.#model, features });
  }

  #beside({ feature, window }) {
    const place = this.#timeline.windows.findIndex(({ end }) => end === window.end);
    const cell = (beside) => beside && { feature, window: beside };
    return { before: cell(this.#timeline.windows[place - 1]), after: cell(this.#timeline.windows[place + 1]) };
  }
}

function labelled(name, control) {
  return html("label", { for: control.id }, name, " ", control);
}

function arranged(features, order) {
  if (order === "given") return features;
  if (order === "name") return features.toSorted((a, b) => a.name.localeCompare(b.name));
  return features.toSorted((a, b) => concern(b) - concern(a));
}

// MARK: Head

function headOf(status) {
  const { model, verdict, window, open_window: open, problems } = status;
  const lost = losses(status.counters);
  return [
    html("h1", null, model, " ", stateBadge(status.state), " ", verdict ? verdictBadge(verdict) : null),
    tiles(
      tile(
        "newest window",
        window ? moment(window.end) : "none yet",
        window && `${status.p_value === undefined ? "" : `p ${pValue(status.p_value)}, `}${number(window.rows)} rows`,
      ),
      tile("open window", open ? `${number(open.rows)} rows` : "–", open && `to ${moment(open.end)}`),
      tile(
        "rows a second",
        status.rows_per_second !== undefined ? number(status.rows_per_second, 3) : "–",
        `${number(status.counters.rows)} in all`,
      ),
      tile(
        "lost",
        lost.length ? number(lost.reduce((sum, [, count]) => sum + count, 0)) : "nothing",
        lost.map(([name, count]) => `${number(count)} ${name}`).join(", "),
      ),
      tile("reference", status.reference ? code(status.reference, short(status.reference, 14)) : "none yet"),
      status.retraining ? tile("retraining", status.retraining.state, status.retraining.reason) : null,
    ),
    problemList(problems),
  ];
}

// MARK: Drift

function blamed({ windows, features }) {
  return features
    .map(({ values, levels, ...feature }) => ({
      ...feature,
      value: values.at(-1),
      since: alarmedSince({ levels }, windows),
      end: windows.at(-1)?.end,
    }))
    .filter((feature) => feature.since)
    .sort((a, b) => b.value / (b.threshold || 1) - a.value / (a.threshold || 1))
    .slice(0, 6);
}

/** Which feature, since when, how far. */
function blameLine(model, { name, family, measure, value, threshold, since: first, end }) {
  return html(
    "li",
    null,
    severityBadge("critical", "alarmed"),
    " ",
    link(featurePath(model, { name, family }, end), html("strong", null, name)),
    " since the window to ",
    at(first.end),
    ": ",
    measureName(measure),
    " ",
    number(value, 3),
    threshold ? `, large from ${number(threshold, 3)}` : "",
  );
}

function keyOfLevels() {
  const levels = [
    ["n", "normal; stronger as it nears what is large"],
    ["w", "large by its measure"],
    ["c", "very large"],
    ["a", "alarmed"],
    ["i", "too few rows"],
  ];
  return html(
    "ul",
    { class: "legend levels", "aria-label": "What cells mean" },
    levels.map(([level, text]) =>
      html("li", null, html("span", { class: `level level-${level}`, "aria-hidden": "true" }), text)
    ),
    html("li", null, html("span", { class: "level level-none", "aria-hidden": "true" }), "not compared"),
  );
}

// MARK: Answers

function answersOf({ windows, features }) {
  return {
    ends: windows.map(({ end }) => Date.parse(end)),
    outputs: features.filter(({ family }) => family === "prediction"),
  };
}

function answersView({ ends, outputs }) {
  if (!outputs.length) return empty("The reference holds no answers of the model, so that theirs cannot be compared.");
  return html(
    "div",
    { class: "charts" },
    outputs.map((output) =>
      html(
        "div",
        null,
        html("h3", null, output.name),
        lineChart({
          label: `${measureName(output.measure)} of ${output.name}, window by window.`,
          over: "time",
          xs: ends,
          series: [{ name: measureName(output.measure), values: output.values, mark: "series-1" }],
          levels: output.threshold
            ? [{ value: output.threshold, name: `large from ${number(output.threshold, 3)}` }]
            : [],
        }),
      )
    ),
  );
}

// MARK: Alerts

function alertList(alerts) {
  if (!alerts.length) return empty("No alert has fired on this model.");
  return html(
    "ul",
    { class: "alerts" },
    alerts.map((alert) =>
      html(
        "li",
        null,
        alertBadge(alert),
        " ",
        link(path("alerts", alert.id), KINDS[alert.kind] ?? alert.kind),
        alert.features.length ? ` in ${alert.features.slice(0, 5).join(", ")}` : null,
        " since ",
        at(alert.since),
        alert.resolved ? [" until ", at(alert.resolved)] : [" (", since(alert.since), ")"],
      )
    ),
  );
}
