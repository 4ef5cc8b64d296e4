import { APIFailure, read, token, Unreachable } from "./shared/api.js";
import { html, link } from "./shared/element.js";
import { renewAges } from "./shared/format.js";
import { LiveStream } from "./shared/live.js";
import { interceptLinks, Router } from "./shared/router.js";
import { Visit } from "./shared/visit.js";

const page = (module) => () => import(module).then(({ page }) => page);

const CONSOLES = {
  agent: {
    navigation: [["/", "Models"], ["/alerts", "Alerts"], ["/streams", "Streams"]],
    routes: {
      "/": page("./agent/overview.js"),
      "/models/:model": page("./agent/model.js"),
      "/models/:model/features/:feature": page("./agent/feature.js"),
      "/alerts": page("./agent/alerts.js"),
      "/alerts/:alert": page("./agent/alert.js"),
      "/streams": page("./agent/streams.js"),
    },
  },
  registry: {
    navigation: [["/", "Overview"], ["/runs", "Runs"], ["/rollouts", "Rollouts"], ["/retraining", "Retraining"]],
    routes: {
      "/": page("./registry/overview.js"),
      "/runs": page("./registry/runs.js"),
      "/runs/:run": page("./registry/run.js"),
      "/compare": page("./registry/compare.js"),
      "/models/:model": page("./registry/model.js"),
      "/rollouts": page("./registry/rollouts.js"),
      "/rollouts/:rollout": page("./registry/rollout.js"),
      "/retraining": page("./registry/retraining.js"),
      "/jobs/:job": page("./registry/job.js"),
    },
  },
};

const find = (id) => document.getElementById(id);
const frame = find("content");

/** The console of one process: what surrounds the pages. */
class Shell {
  #status;
  #router;
  #stream;
  #visit = null;
  #hasFocusToGive = false;

  constructor(status) {
    this.#status = status;
    this.#router = new Router(CONSOLES[status.process].routes);
    this.#stream = new LiveStream("/api/v1/stream", (event) => this.#hear(event), (state) => this.#tell(state));
  }

  start() {
    this.#describe();
    interceptLinks((path) => this.go(path));
    addEventListener("popstate", () => this.#open());
    setInterval(renewAges, 5000);
    this.#open();
    this.#stream.run();
  }

  // What pages may ask for.

  go(path) {
    if (path.startsWith("#")) return;
    history.pushState(null, "", path);
    this.#hasFocusToGive = true;
    this.#open();
    scrollTo(0, 0);
  }

  /** Keeps what a person has chosen in the address. */
  remember(path) {
    history.replaceState(null, "", path);
  }

  reload() {
    this.#visit?.refresh();
  }

  announce(text) {
    find("announcement").textContent = text;
  }

  complain(message) {
    banner("warning", message);
  }

  unreachable() {
    banner("critical", `The ${this.#status.process} does not answer. What is shown is what it said last.`, [
      "Try again",
      () => this.#retry(),
    ]);
  }

  refused() {
    askForToken();
  }

  opened() {
    document.title = `${this.#visit?.title ?? "Leeway"} · Leeway ${this.#status.process}`;
    if (this.#hasFocusToGive) frame.focus({ preventScroll: true });
    this.#hasFocusToGive = false;
  }

  // Around them.

  #describe() {
    const { process, name, version } = this.#status;
    find("brand").replaceChildren("Leeway ", html("small", null, name ? `${process} ${name}` : process));
    find("about").textContent = `Leeway ${process} ${version}. All times are UTC.`;
  }

  #navigate() {
    const here = location.pathname;
    const items = CONSOLES[this.#status.process].navigation.map(([path, name]) => {
      const isHere = path === "/" ? here === "/" : here === path || here.startsWith(`${path}/`);
      return html("li", null, html("a", { href: path, "aria-current": isHere ? "page" : null }, name));
    });
    find("navigation").replaceChildren(html("ul", null, items));
  }

  async #open() {
    this.#visit?.close();
    this.#visit = null;
    this.#navigate();
    const match = this.#router.match(location.pathname);
    if (!match) return this.#showNothing();
    const opening = location.href;
    const opened = await match.load();
    if (opening !== location.href) return;
    this.#visit = new Visit(opened, match.parameters, new URLSearchParams(location.search), { shell: this, frame });
    this.#visit.refresh();
  }

  #showNothing() {
    const kinds = {
      agent: "an agent: it has models, alerts and streams",
      registry: "a registry: it has runs, models, rollouts and retraining",
    };
    const where = `This is ${kinds[this.#status.process]}.`;
    frame.replaceChildren(
      html("h1", null, "There is nothing here"),
      html("p", null, where),
      html("p", null, link("/", "Back to the overview")),
    );
    this.opened();
  }

  #hear(event) {
    if (event.type === "reset") this.#meetAgain();
    if (event.type === "alert" && event.data) {
      this.announce(`Alert on ${event.data.model}: ${event.data.kind} is ${event.data.state}`);
    }
    this.#visit?.take(event);
  }

  /** After a restart: other pages may come with another version. */
  async #meetAgain() {
    const status = await read("/api/v1/status").catch(() => null);
    if (!status) return;
    if (status.process !== this.#status.process || status.version !== this.#status.version) {
      banner("info", `Here runs Leeway ${status.process} ${status.version} now.`, [
        "Load its pages",
        () => location.reload(),
      ]);
    } else if (status.started !== this.#status.started) {
      this.announce(`The ${status.process} was started again.`);
    }
    this.#status = { ...this.#status, started: status.started };
  }

  #tell({ state, retryAt }) {
    const sign = { live: "● live", lost: "○ offline", refused: "○ not live" }[state];
    find("connection").className = state;
    if (find("connection").textContent !== sign) find("connection").textContent = sign;
    if (state === "live") clearBanner("critical");
    else if (state === "lost") this.unreachable();
    if (state === "live" && this.wasLost) this.reload();
    this.wasLost = state !== "live";
    return retryAt;
  }

  #retry() {
    this.#stream.retry();
    this.reload();
  }
}

function banner(level, message, [name, action] = []) {
  const text = `${level} ${message}`;
  if (find("banner").dataset.text === text) return;
  find("banner").dataset.text = text;
  find("banner").className = level;
  find("banner").replaceChildren(
    html("p", null, message),
    html("button", { onclick: action ?? (() => clearBanner(level)) }, name ?? "Dismiss"),
  );
}

function clearBanner(level) {
  if (find("banner").className !== level) return;
  find("banner").className = "";
  find("banner").dataset.text = "";
  find("banner").replaceChildren();
}

function askForToken() {
  const field = html("input", { type: "password", name: "token", id: "token", required: true, autocomplete: "off" });
  const submit = (event) => {
    event.preventDefault();
    token.set(field.value.trim());
    location.reload();
  };
  frame.replaceChildren(
    html("h1", null, "A token, please"),
    html("p", null, token.get() ? "The token that you gave is not known here." : "Whoever asks here needs a token."),
    html(
      "form",
      { class: "search", onsubmit: submit },
      html("label", { for: "token" }, "Token"),
      field,
      html("button", null, "Go on"),
    ),
    html("p", { class: "note" }, "It is kept in this tab alone, until it is closed."),
  );
}

/** Asks which process this is, until one answers. */
async function begin() {
  for (let pause = 500;; pause = Math.min(2 * pause, 10000)) {
    try {
      const status = await read("/api/v1/status");
      clearBanner("critical");
      return new Shell(status).start();
    } catch (error) {
      if (error instanceof APIFailure && [401, 403].includes(error.status)) return askForToken();
      if (!(error instanceof Unreachable || error instanceof APIFailure)) throw error;
      banner("critical", "Nobody answers here.", ["Try again", () => location.reload()]);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

begin();
