import { query } from "../shared/api.js";
import { html, link } from "../shared/element.js";
import { count } from "../shared/format.js";
import { empty } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { MOST_LINES } from "./curves.js";
import { experiments, searchRuns } from "./mlflow.js";
import { runTable } from "./run-table.js";

/** Runs, searched by MLflow's grammar, and chosen to be compared. */
export const page = {
  title: () => "Runs",

  async load(_, search, signal) {
    const known = await experiments(signal);
    const chosen = search.get("experiment") ? [search.get("experiment")] : known.map(({ id }) => id);
    const order = search.get("order") ?? "attributes.start_time DESC";
    try {
      const { runs, next } = await searchRuns({
        experiments: chosen,
        filter: search.get("filter"),
        order,
        page: search.get("page"),
      }, signal);
      return { known, runs, next };
    } catch (error) {
      if (error.status !== 400) throw error;
      return { known, runs: [], next: null, complaint: error.message };
    }
  },

  create(_, search, shell) {
    return new RunsView(search, shell);
  },

  concerns: ({ type }) => type === "run",
};

class RunsView {
  #search;
  #shell;
  #chosen = new Set();

  constructor(search, shell) {
    [this.#search, this.#shell] = [search, shell];
    this.form = region((known) => this.#formOf(known));
    this.rows = region((data) => this.#rowsOf(data));
    this.compare = html("p", { class: "row", "aria-live": "polite" });
    this.node = html("div", null, html("h1", null, "Runs"), this.form.node, this.compare, this.rows.node);
    this.#offer();
  }

  show(data) {
    this.form.show(data.known);
    this.rows.show({
      runs: data.runs,
      next: data.next,
      complaint: data.complaint,
      names: Object.fromEntries(data.known.map(({ id, name }) => [id, name])),
    });
  }

  #formOf(known) {
    const filter = html("input", {
      type: "search",
      id: "filter",
      name: "filter",
      value: this.#search.get("filter") ?? "",
      placeholder: "metrics.auc > 0.9 and params.max_depth = '8'",
    });
    const experiment = html(
      "select",
      {
        id: "experiment",
        name: "experiment",
        onchange: () => this.#ask({ experiment: experiment.value }),
      },
      html("option", { value: "" }, "all"),
      known.map(({ id, name }) => html("option", { value: id, selected: id === this.#search.get("experiment") }, name)),
    );
    const submit = (
      event,
    ) => (event.preventDefault(), this.#ask({ filter: filter.value, experiment: experiment.value }));
    return html(
      "form",
      { class: "search", role: "search", onsubmit: submit },
      html("label", { for: "experiment" }, "Experiment ", experiment),
      html("label", { for: "filter", class: "wide" }, "Filter, in MLflow's grammar ", filter),
      html("button", null, "Search"),
    );
  }

  #ask(changes) {
    this.#shell.go(query("/runs", { ...Object.fromEntries(this.#search), page: null, ...changes }));
  }

  #rowsOf({ runs, next, complaint, names }) {
    if (complaint) return html("p", { class: "problems", role: "alert" }, complaint);
    if (!runs.length) return empty("No run matches.");
    const more = next &&
      html("p", null, link(query("/runs", { ...Object.fromEntries(this.#search), page: next }), "More runs"));
    return [runTable(runs, { names, choice: (run) => this.#choice(run), sort: (key) => this.#sort(key) }), more];
  }

  #choice({ id, name }) {
    return html("input", {
      type: "checkbox",
      name: `compare ${id}`,
      "aria-label": `Compare ${name}`,
      checked: this.#chosen.has(id),
      onchange: (event) => this.#choose(id, event.target.checked),
    });
  }

  #choose(id, isChosen) {
    if (isChosen) this.#chosen.add(id);
    else this.#chosen.delete(id);
    this.#offer();
  }

  #offer() {
    const { size } = this.#chosen;
    const hint = size < 2
      ? "Choose two runs or more to compare them."
      : size > MOST_LINES
      ? `Curves are drawn of the first ${MOST_LINES}.`
      : "";
    this.compare.replaceChildren(
      size > 1 ? link(query("/compare", { run: [...this.#chosen] }), `Compare ${count(size, "run")}`) : "",
      html("span", { class: "note" }, hint),
    );
  }

  #sort(key) {
    const [now, direction] = (this.#search.get("order") ?? "attributes.start_time DESC").split(/ (?=ASC$|DESC$)/);
    const isHere = now === key;
    return {
      direction: isHere ? (direction === "DESC" ? "descending" : "ascending") : undefined,
      onclick: () => this.#ask({ order: `${key} ${isHere && direction === "DESC" ? "ASC" : "DESC"}` }),
    };
  }
}
