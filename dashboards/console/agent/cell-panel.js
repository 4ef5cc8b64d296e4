import { html, link } from "../shared/element.js";
import { count } from "../shared/format.js";
import { cellView, readCell } from "./cell.js";
import { featurePath } from "./paths.js";

/** A cell of the heat map, opened beside it; Escape closes it, the arrows go to the windows before and after. */
export class CellPanel {
  #model;
  #opened = null;
  #neighbours = () => ({});

  /** @param {function(Object): {before: ?Object, after: ?Object}} neighbours the cells beside one */
  constructor(model, neighbours) {
    this.#model = model;
    this.#neighbours = neighbours;
    this.body = html("div", null);
    this.title = html("h2", { id: "cell-title" }, "");
    this.before = html("button", { onclick: () => this.#go("before") }, "← earlier");
    this.after = html("button", { onclick: () => this.#go("after") }, "later →");
    const close = html("button", { class: "close", onclick: () => this.node.close() }, "Close");
    this.node = html(
      "dialog",
      {
        class: "panel",
        "aria-labelledby": "cell-title",
        onkeydown: (event) => this.#key(event),
        onclick: (event) => event.target === this.node && this.node.close(),
      },
      html(
        "div",
        { class: "panel-body" },
        html("header", null, this.title, close),
        html("p", { class: "row" }, this.before, this.after),
        this.body,
      ),
    );
  }

  async open(cell) {
    this.#opened = cell;
    if (!this.node.open) this.node.showModal();
    this.#head(cell);
    this.body.setAttribute("aria-busy", "true");
    const content = await this.#content(cell);
    if (this.#opened !== cell) return;
    this.body.removeAttribute("aria-busy");
    this.body.replaceChildren(...content);
  }

  async #content({ feature, window }) {
    try {
      const cell = await readCell(this.#model, feature, window.end);
      const more = link(featurePath(this.#model, feature, window.end), `All windows of ${feature.name}`);
      return [cellView(cell), html("p", null, more)];
    } catch (error) {
      return [html("p", { class: "empty", role: "alert" }, error.message)];
    }
  }

  #head(cell) {
    const { before, after } = this.#neighbours(cell);
    this.title.replaceChildren(
      cell.feature.name,
      cell.feature.family === "prediction" ? html("small", null, " answer") : "",
    );
    this.before.disabled = !before;
    this.after.disabled = !after;
  }

  #go(side) {
    const cell = this.#neighbours(this.#opened)[side];
    if (cell) this.open(cell);
  }

  #key(event) {
    if (event.target.closest(".frame, .scrolling")) return;
    if (event.key === "ArrowLeft") this.#go("before");
    if (event.key === "ArrowRight") this.#go("after");
  }
}

/** How many windows and features there are, for a caption. */
export function extentText({ windows, features }) {
  return `${count(features.length, "feature")}, ${count(windows.length, "window")}`;
}
