import { html, link } from "../shared/element.js";
import { number, windowTime } from "../shared/format.js";
import { timeTicks } from "../shared/scale.js";
import { cellImage, palette } from "./heatmap-colours.js";
import { LEVELS } from "./levels.js";
import { featurePath } from "./paths.js";

const ROW = 18;
const HEAD = 36;
const LEAST_WIDTH = 6;
const MOST_WIDTH = 28;
const TALLEST = 0.62;
/** Narrower cells have no line between them. */
const GAPPED = 8;

/** Adds a level's mark to a path: a diamond alarmed, a bar critical, a dot warning, a thin line too few rows. */
const MARKS = {
  a: (path, x, y) => {
    path.moveTo(x, y - 3.5);
    path.lineTo(x + 2.5, y);
    path.lineTo(x, y + 3.5);
    path.lineTo(x - 2.5, y);
  },
  c: (path, x, y) => path.rect(x - 2, y - 1, 4, 2),
  w: (path, x, y) => path.rect(x - 1, y - 1, 2, 2),
  i: (path, x, y, width) => path.rect(x - width / 2, y - 0.5, width, 1),
};

/**
 * Features by windows. The canvas is as large as what is seen of it, and draws that alone, so that 500 × 200 cells scroll as
 * well as 5 × 20. For the keyboard and for screen readers it is a grid, of which the chosen cell alone is in the document.
 */
export class HeatMap {
  #timeline = { windows: [], features: [] };
  #chosen = null;
  #palette = null;
  /** A pixel a cell. */
  #cells = null;
  #isDue = false;
  #width = LEAST_WIDTH;
  #isAtEnd = true;
  #onOpen;

  /** @param {function({feature: Object, window: Object})} onOpen when a cell is opened */
  constructor(onOpen) {
    this.#onOpen = onOpen;
    this.canvas = html("canvas", { "aria-hidden": "true" });
    this.names = html("div", { class: "names" });
    this.ring = html("div", { class: "ring", hidden: true });
    this.cell = html("div", { id: "chosen-cell", role: "gridcell" });
    this.rowHead = html("div", { role: "rowheader" });
    this.row = html("div", { role: "row", class: "unseen" }, this.rowHead, this.cell);
    this.readout = html("output", { class: "readout" }, " ");
    this.extent = html("div", { class: "extent", "aria-hidden": "true" }, this.canvas, this.names, this.ring);
    this.view = html(
      "div",
      {
        class: "heatmap-view",
        role: "grid",
        tabindex: "0",
        "aria-label": "Drift by feature and window",
        "aria-describedby": "heatmap-help",
        "data-key": "heatmap",
      },
      this.row,
      this.extent,
    );
    const help = html(
      "p",
      { id: "heatmap-help", class: "note" },
      "Each cell is a window of a feature. Arrow keys choose one, Enter opens it; Page Up, Page Down, Home and End go further.",
    );
    this.node = html("div", { class: "heatmap" }, this.view, this.readout, help);
    this.#listen();
  }

  /** @param {{windows: Object[], features: Object[]}} timeline with the features in the order to be shown */
  show(timeline) {
    this.#keepChoice(timeline);
    this.#timeline = timeline;
    this.#cells = null;
    this.view.setAttribute("aria-rowcount", timeline.features.length);
    this.view.setAttribute("aria-colcount", timeline.windows.length + 1);
    this.#measure();
  }

  close() {
    this.observer.disconnect();
    this.scheme.removeEventListener("change", this.recolour);
  }

  // MARK: Geometry

  get #gutter() {
    return this.view.clientWidth < 600 ? 104 : 180;
  }

  #measure() {
    const { windows, features } = this.#timeline;
    const space = this.view.clientWidth - this.#gutter;
    if (space <= 0) return;
    this.#width = cellWidth(space / Math.max(windows.length, 1));
    this.view.style.height = `${Math.min(HEAD + features.length * ROW + 16, Math.max(innerHeight * TALLEST, 220))}px`;
    this.extent.style.width = `${this.#gutter + windows.length * this.#width}px`;
    this.extent.style.height = `${HEAD + features.length * ROW}px`;
    if (this.#isAtEnd) this.view.scrollLeft = this.view.scrollWidth;
    this.#drawSoon();
  }

  /** What is seen: rows and columns, the last ones not included. */
  get #visible() {
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.view;
    const { windows, features } = this.#timeline;
    return {
      firstRow: Math.floor(scrollTop / ROW),
      lastRow: Math.min(features.length, Math.ceil((scrollTop + clientHeight - HEAD) / ROW)),
      firstColumn: Math.floor(scrollLeft / this.#width),
      lastColumn: Math.min(windows.length, Math.ceil((scrollLeft + clientWidth - this.#gutter) / this.#width)),
    };
  }

  #cellAt(event) {
    const box = this.view.getBoundingClientRect();
    const x = event.clientX - box.left - this.#gutter, y = event.clientY - box.top - HEAD;
    const column = Math.floor((x + this.view.scrollLeft) / this.#width),
      row = Math.floor((y + this.view.scrollTop) / ROW);
    const isInside = x >= 0 && y >= 0 && column < this.#timeline.windows.length && row < this.#timeline.features.length;
    return isInside ? { row, column } : null;
  }

  // MARK: Drawing

  #drawSoon() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.view;
    if (!width) return;
    this.#palette ??= palette(this.view);
    this.#cells ??= cellImage(this.#timeline, this.#palette);
    const context = this.#canvasOf(width, height);
    const seen = this.#visible;
    context.save();
    context.beginPath();
    context.rect(this.#gutter, HEAD, width - this.#gutter, height - HEAD);
    context.clip();
    this.#drawCells(context, seen);
    this.#drawMarks(context, seen);
    this.#drawChanges(context, seen, height);
    context.restore();
    this.#drawHead(context, seen, width);
    this.#placeNames(seen);
    this.#placeRing();
  }

  #canvasOf(width, height) {
    const density = devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * density) || this.canvas.height !== Math.round(height * density)) {
      this.canvas.width = Math.round(width * density);
      this.canvas.height = Math.round(height * density);
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
  }

  #x(column) {
    return this.#gutter + column * this.#width - this.view.scrollLeft;
  }

  #y(row) {
    return HEAD + row * ROW - this.view.scrollTop;
  }

  #drawCells(context, { firstRow, lastRow, firstColumn, lastColumn }) {
    const [columns, rows] = [lastColumn - firstColumn, lastRow - firstRow];
    if (columns <= 0 || rows <= 0) return;
    const [x, y, width, height] = [this.#x(firstColumn), this.#y(firstRow), columns * this.#width, rows * ROW];
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#cells, firstColumn, firstRow, columns, rows, x, y, width, height);
    context.fillStyle = this.#palette.ground;
    for (let row = firstRow; row < lastRow; row++) context.fillRect(x, this.#y(row) + ROW - 1, width, 1);
    if (this.#width <= GAPPED) return;
    for (let column = firstColumn; column < lastColumn; column++) {
      context.fillRect(this.#x(column) + this.#width - 1, y, 1, height);
    }
  }

  /** What tells levels apart without their colours. */
  #drawMarks(context, { firstRow, lastRow, firstColumn, lastColumn }) {
    for (const [level, mark] of Object.entries(MARKS)) {
      context.beginPath();
      for (let row = firstRow; row < lastRow; row++) {
        const { levels } = this.#timeline.features[row];
        const y = this.#y(row) + (ROW - 1) / 2;
        for (let column = firstColumn; column < lastColumn; column++) {
          if (levels[column] === level) mark(context, this.#x(column) + this.#width / 2, y, this.#width);
        }
      }
      context.fillStyle = this.#palette.mark[level];
      context.fill();
    }
  }

  /** Where another reference was taken. */
  #drawChanges(context, { firstColumn, lastColumn }, height) {
    const { windows } = this.#timeline;
    context.fillStyle = this.#palette.text;
    for (let column = Math.max(firstColumn, 1); column < lastColumn; column++) {
      if (windows[column].reference !== windows[column - 1].reference) {
        context.fillRect(this.#x(column) - 1, HEAD, 1, height);
      }
    }
  }

  #drawHead(context, { firstColumn, lastColumn }, width) {
    const { windows } = this.#timeline;
    if (firstColumn >= lastColumn) return;
    context.save();
    context.beginPath();
    context.rect(this.#gutter, 0, width, HEAD);
    context.clip();
    for (let column = firstColumn; column < lastColumn; column++) this.#drawVerdict(context, column);
    const times = windows.slice(firstColumn, lastColumn).map(({ end }) => Date.parse(end));
    context.fillStyle = this.#palette.text;
    context.font = "11px system-ui, sans-serif";
    const about = Math.max(1, Math.floor(((lastColumn - firstColumn) * this.#width) / 90));
    for (const { value, text } of timeTicks([times[0], times.at(-1)], about)) {
      const column = firstColumn + times.findIndex((time) => time >= value);
      const x = Math.min(this.#x(column), width - context.measureText(text).width - 4);
      context.fillText(text, x + 3, 12);
      context.fillRect(this.#x(column), 4, 1, 14);
    }
    context.restore();
  }

  /** A window as a whole: high where it drifted, hollow where it lacks rows. */
  #drawVerdict(context, column) {
    const { verdict, partial } = this.#timeline.windows[column];
    const x = this.#x(column), width = Math.max(this.#width - 1, 2);
    const height = { drifted: 12, incomplete: 8, ok: 3, insufficient: 1 }[verdict];
    context.fillStyle = this.#palette.verdict[verdict];
    context.fillRect(x, HEAD - 3 - height, width, height);
    if (partial) context.clearRect(x + width / 4, HEAD - 3 - height + 1, width / 2, Math.max(height - 2, 0));
  }

  #placeNames({ firstRow, lastRow }) {
    const { features, model } = this.#timeline;
    const gutter = this.#gutter;
    const key = `${firstRow} ${lastRow} ${gutter} ${
      features.slice(firstRow, lastRow).map(({ name, family }) => family + name).join("\n")
    }`;
    this.names.style.height = `${Math.min(this.view.clientHeight - HEAD, this.#timeline.features.length * ROW)}px`;
    this.names.style.setProperty("--shift", `${-(this.view.scrollTop % ROW)}px`);
    if (this.names.dataset.key === key) return;
    this.names.dataset.key = key;
    this.names.style.width = `${gutter - 8}px`;
    this.names.replaceChildren(
      ...features.slice(firstRow, lastRow).map((feature) => {
        const name = link(featurePath(model, feature), feature.name);
        name.tabIndex = -1;
        name.title = feature.name;
        if (feature.family === "prediction") name.append(html("small", null, " answer"));
        return name;
      }),
    );
  }

  #placeRing() {
    this.ring.hidden = this.#chosen === null;
    if (!this.#chosen) return;
    this.ring.style.transform = `translate(${this.#gutter + this.#chosen.column * this.#width}px, ${
      HEAD + this.#chosen.row * ROW
    }px)`;
    this.ring.style.width = `${this.#width}px`;
    this.ring.style.height = `${ROW}px`;
  }

  // MARK: Choosing

  #listen() {
    this.observer = new ResizeObserver(() => this.#measure());
    this.observer.observe(this.view);
    this.recolour = () => ((this.#palette = this.#cells = null), this.#drawSoon());
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.scheme.addEventListener("change", this.recolour);
    this.view.addEventListener("scroll", () => this.#scrolled());
    this.view.addEventListener("keydown", (event) => this.#key(event));
    this.view.addEventListener("focus", () => this.#chosen ?? this.#choose(this.#newestConcern()));
    this.view.addEventListener("pointermove", (event) => this.#describe(this.#cellAt(event)));
    this.view.addEventListener("pointerleave", () => this.#describe(this.#chosen));
    this.view.addEventListener("click", (event) => this.#click(event));
  }

  #scrolled() {
    this.#isAtEnd = this.view.scrollLeft + this.view.clientWidth >= this.view.scrollWidth - 2;
    this.#drawSoon();
  }

  #click(event) {
    const cell = this.#cellAt(event);
    if (!cell || event.target.closest("a")) return;
    this.#choose(cell);
    this.#open();
  }

  #newestConcern() {
    const column = this.#timeline.windows.length - 1;
    return column < 0 || !this.#timeline.features.length ? null : { row: 0, column };
  }

  #key(event) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return this.#open();
    }
    const { windows, features } = this.#timeline;
    const start = this.#chosen ?? this.#newestConcern();
    const moves = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      PageUp: [-10, 0],
      PageDown: [10, 0],
      Home: [event.ctrlKey ? -features.length : 0, -windows.length],
      End: [event.ctrlKey ? features.length : 0, windows.length],
    };
    const move = moves[event.key];
    if (!move || !start) return;
    event.preventDefault();
    const within = (place, count) => Math.max(0, Math.min(count - 1, place));
    this.#choose({
      row: within(start.row + move[0], features.length),
      column: within(start.column + move[1], windows.length),
    });
  }

  #choose(cell) {
    this.#chosen = cell;
    if (!cell) return;
    const feature = this.#timeline.features[cell.row];
    this.row.setAttribute("aria-rowindex", cell.row + 1);
    this.cell.setAttribute("aria-colindex", cell.column + 2);
    this.rowHead.textContent = feature.name;
    this.cell.textContent = this.#sentence(cell);
    this.view.setAttribute("aria-activedescendant", this.cell.id);
    this.#describe(cell);
    this.#reveal(cell);
    this.#drawSoon();
  }

  #reveal({ row, column }) {
    const top = row * ROW, left = column * this.#width;
    const height = this.view.clientHeight - HEAD - ROW, width = this.view.clientWidth - this.#gutter - this.#width;
    if (top < this.view.scrollTop) this.view.scrollTop = top;
    else if (top > this.view.scrollTop + height) this.view.scrollTop = top - height;
    if (left < this.view.scrollLeft) this.view.scrollLeft = left;
    else if (left > this.view.scrollLeft + width) this.view.scrollLeft = left - width;
  }

  #describe(cell) {
    this.readout.textContent = cell ? this.#sentence(cell) : " ";
  }

  #sentence({ row, column }) {
    const feature = this.#timeline.features[row], window = this.#timeline.windows[column];
    const value = feature.values[column];
    const figure = value === null
      ? ""
      : `  ·  ${feature.measure} ${number(value, 3)}${
        feature.threshold ? ` (large from ${number(feature.threshold, 3)})` : ""
      }`;
    const rows = `  ·  ${number(window.rows)} rows${window.partial ? ", some are missing" : ""}`;
    return `${feature.name}  ·  ${windowTime(window.start, window)} to ${windowTime(window.end, window)}  ·  ${
      LEVELS[feature.levels[column]].text
    }${figure}${rows}`;
  }

  #open() {
    if (!this.#chosen) return;
    const { row, column } = this.#chosen;
    this.#onOpen({ feature: this.#timeline.features[row], window: this.#timeline.windows[column] });
  }

  /** The chosen cell stays the same feature and window, wherever they are now. */
  #keepChoice({ features, windows }) {
    if (!this.#chosen) return;
    const feature = this.#timeline.features[this.#chosen.row], window = this.#timeline.windows[this.#chosen.column];
    const row = features.findIndex(({ name, family }) => name === feature?.name && family === feature?.family);
    const column = windows.findIndex(({ end }) => end === window?.end);
    this.#chosen = row < 0 || column < 0 ? null : { row, column };
  }
}

/** Wide cells are of whole pixels, so that the lines between them are sharp. */
function cellWidth(space) {
  const width = Math.max(LEAST_WIDTH, Math.min(MOST_WIDTH, space));
  return width > GAPPED ? Math.floor(width) : width;
}
