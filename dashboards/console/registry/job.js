import { call, query, read } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { bytes, duration, instant, number, short } from "../shared/format.js";
import { code, facts, section } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { progressOf, secondsOf } from "./jobs.js";
import { jobBadge } from "./states.js";

/** Characters of a log that are shown; of longer ones the end. */
const MOST = 500_000;

/** A job, and what it prints while it runs. */
export const page = {
  title: ({ job }) => `Job ${short(job, 8)}`,
  load: ({ job }, _, signal) => read(`/api/v1${path("jobs", job)}`, { signal }),

  create({ job }) {
    const head = region(headOf);
    const log = new LogView(job);
    const node = html(
      "div",
      null,
      html("p", { class: "crumbs" }, link("/retraining", "Retraining")),
      head.node,
      section("Log", log.node),
    );
    log.follow();
    return { node, show: (data) => head.show(data), close: () => log.close() };
  },

  /** Nobody tells how far it is. */
  pulse: ({ state }) => (state === "running" ? 3000 : null),

  concerns: ({ type, data }, { job }) => type === "job" && (!data?.job || data.job === job),
};

function headOf(job) {
  return [
    html("h1", null, `${job.kind} `, jobBadge(job.state)),
    html("p", null, progressOf(job)),
    facts([
      ["model", link(path("models", job.model), job.model)],
      ["run", job.run ? link(path("runs", job.run), short(job.run)) : null],
      ["request", job.retrain_request ? code(job.retrain_request, short(job.retrain_request)) : null],
      ["begun", instant(job.started ?? job.created)],
      ["took", duration(secondsOf(job))],
      ["how it ended", job.reason],
      ["exit code", job.exit_code],
      ["processor time", job.cpu_seconds !== undefined && job.cpu_seconds !== null ? duration(job.cpu_seconds) : null],
      ["most memory", job.peak_memory_bytes ? bytes(job.peak_memory_bytes) : null],
      ["process", job.pid],
      ...Object.entries(job.progress?.metrics ?? {}).map(([name, value]) => [name, number(value)]),
    ]),
    html(
      "details",
      { class: "fold" },
      html("summary", null, "Command"),
      html("pre", { class: "log", tabindex: "0" }, job.command),
    ),
  ];
}

/** What a job prints, as it prints it. Whoever has scrolled up stays where they are. */
class LogView {
  #job;
  #ending = new AbortController();

  constructor(job) {
    this.#job = job;
    this.text = html("pre", {
      class: "log",
      tabindex: "0",
      role: "log",
      "aria-label": "What the job prints",
      "data-key": "log",
    });
    this.note = html("p", { class: "note" }, "Loading…");
    this.node = html("div", null, this.text, this.note);
  }

  close() {
    this.#ending.abort();
  }

  async follow() {
    for (let offset = 0;;) {
      try {
        const answer = await call(query(`/api/v1${path("jobs", this.#job)}/log`, { offset, follow: true }), {
          signal: this.#ending.signal,
        });
        const text = await answer.text();
        this.#append(text);
        const next = Number(answer.headers.get("Leeway-Next-Offset"));
        const hasEnded = !["queued", "running"].includes(answer.headers.get("Leeway-Job-State"));
        this.note.textContent = hasEnded
          ? (this.text.textContent ? "The job has ended." : "The job has ended, and printed nothing.")
          : "The job runs; what it prints appears here.";
        if (hasEnded && next === offset) return;
        offset = next;
      } catch (error) {
        if (error.name === "AbortError") return;
        this.note.textContent = `The log cannot be read: ${error.message}`;
        await new Promise((resolve) => setTimeout(resolve, 3000));
      }
    }
  }

  #append(text) {
    if (!text) return;
    const isAtEnd = this.text.scrollTop + this.text.clientHeight >= this.text.scrollHeight - 8;
    this.text.textContent = (this.text.textContent + text).slice(-MOST);
    if (isAtEnd) this.text.scrollTop = this.text.scrollHeight;
  }
}
