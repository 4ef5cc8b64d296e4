import { APIFailure, Unreachable } from "./api.js";
import { html } from "./element.js";

/** Pages are not read again more often than this, however fast events come. */
const REST = 1000;
/** After a failure a page is read again so much later. */
const PATIENCE = 10000;

/**
 * A page that is open: it is read, shown, and read again when something that concerns it has happened.
 *
 * A page is an object with
 * - `title(parameters)`
 * - `load(parameters, search, signal)`: all that it shows
 * - `create(parameters, search, console)`: `{node, show(data), close?()}`
 * - `concerns(event, parameters)`: whether to read it again after an event
 * - `pulse?(data)`: milliseconds after which to read it again, for what no event tells of; `null` for never
 * - `take?(event, view, parameters)`: whether the event itself says it all, and has been shown
 */
export class Visit {
  #page;
  #parameters;
  #search;
  #frame;
  #host;
  #view = null;
  #loading = null;
  #isStale = false;
  #pulse = 0;
  #isClosed = false;

  /** @param {{shell: Object, frame: Element}} host */
  constructor(page, parameters, search, { shell, frame }) {
    this.#page = page;
    this.#parameters = parameters;
    this.#search = search;
    this.#host = shell;
    this.#frame = frame;
  }

  get title() {
    return this.#page.title(this.#parameters);
  }

  /** Reads the page; what has been asked meanwhile is asked once, when this is through. */
  async refresh() {
    if (this.#isClosed) return;
    if (this.#loading) return void (this.#isStale = true);
    this.#loading = new AbortController();
    try {
      const data = await this.#page.load(this.#parameters, this.#search, this.#loading.signal);
      if (!this.#isClosed) this.#show(data);
    } catch (error) {
      if (!this.#isClosed) this.#fail(error);
    }
    await new Promise((resolve) => setTimeout(resolve, REST));
    this.#loading = null;
    if (this.#isStale) {
      this.#isStale = false;
      this.refresh();
    }
  }

  take(event) {
    if (event.type !== "reset" && this.#view && this.#page.take?.(event, this.#view, this.#parameters)) return;
    if (event.type === "reset" || this.#page.concerns(event, this.#parameters)) this.refresh();
  }

  close() {
    this.#isClosed = true;
    this.#loading?.abort();
    clearTimeout(this.#pulse);
    this.#view?.close?.();
  }

  #show(data) {
    if (!this.#view) {
      this.#view = this.#page.create(this.#parameters, this.#search, this.#host);
      this.#frame.replaceChildren(this.#view.node);
      this.#host.opened();
    }
    this.#view.show(data);
    this.#beat(this.#page.pulse?.(data));
  }

  #beat(pause) {
    clearTimeout(this.#pulse);
    if (pause) this.#pulse = setTimeout(() => this.refresh(), pause);
  }

  /** A page that is shown already stays: what went wrong is said above it. */
  #fail(error) {
    if (error instanceof Unreachable) return this.#host.unreachable();
    if (error instanceof APIFailure && error.status === 401) return this.#host.refused();
    if (!(error instanceof APIFailure)) console.error(error);
    if (this.#view && error.status !== 404) {
      this.#host.complain(error.message);
      return this.#beat(PATIENCE);
    }
    this.#view?.close?.();
    this.#view = null;
    this.#frame.replaceChildren(failure(error, () => this.refresh()));
    this.#host.opened();
  }
}

function failure(error, retry) {
  const isMissing = error.status === 404;
  return html(
    "div",
    { class: "failure" },
    html("h1", null, isMissing ? "There is nothing here" : "This page cannot be shown"),
    html("p", null, error.message),
    html(
      "p",
      null,
      html("button", { onclick: retry }, "Try again"),
      " ",
      html("a", { href: "/" }, "Back to the overview"),
    ),
  );
}
