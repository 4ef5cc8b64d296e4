import { APIFailure, call } from "./api.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10000;
/** Servers send a comment at least every 15 s: a stream that is silent for longer is dead. */
const PATIENCE = 40000;

/**
 * Follows a process's server-sent events for as long as the page lives, over as many connections as that takes.
 *
 * It is `fetch` and not an `EventSource`, which can neither send a token nor say why it fails.
 */
export class LiveStream {
  #path;
  #lastID = null;
  #pause = FIRST_PAUSE;
  #wake = () => {};

  /**
   * @param {string} path
   * @param {function({type: string, data: any})} onEvent also `reset`, when events may have been missed
   * @param {function({state: "live"|"lost"|"refused", retryAt: ?number})} onState
   */
  constructor(path, onEvent, onState) {
    this.#path = path;
    this.onEvent = onEvent;
    this.onState = onState;
  }

  /** Does not return. */
  async run() {
    let wasLive = false;
    for (;;) {
      const failure = await this.#connection(() => {
        if (wasLive && this.#lastID === null) this.onEvent({ type: "reset", data: null });
        wasLive = true;
      });
      this.onState({ state: isRefusal(failure) ? "refused" : "lost", retryAt: Date.now() + this.#pause });
      await this.#rest();
    }
  }

  /** Tries at once, instead of when the pause is over. */
  retry() {
    this.#wake();
  }

  async #connection(onOpen) {
    const ending = new AbortController();
    const headers = { Accept: "text/event-stream" };
    if (this.#lastID !== null) headers["Last-Event-ID"] = this.#lastID;
    try {
      const response = await call(this.#path, { headers, signal: ending.signal });
      this.#pause = FIRST_PAUSE;
      this.onState({ state: "live", retryAt: null });
      onOpen();
      await this.#read(response.body.getReader(), ending);
      return null;
    } catch (error) {
      return error;
    }
  }

  async #read(reader, ending) {
    const decoder = new TextDecoder();
    const parser = new EventParser((event) => this.#take(event));
    let watchdog = 0;
    try {
      for (;;) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => ending.abort(), PATIENCE);
        const { done, value } = await reader.read();
        if (done) return;
        parser.push(decoder.decode(value, { stream: true }));
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  #take({ id, type, text }) {
    if (id !== null) this.#lastID = id;
    this.onEvent({ type, data: parsed(text) });
  }

  async #rest() {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#pause);
      this.#wake = () => (clearTimeout(timer), resolve());
    });
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}

function isRefusal(error) {
  return error instanceof APIFailure && error.status < 500 && error.status !== 429;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Cuts a stream into events, as HTML's "Server-sent events" has it; comments are passed over. */
export class EventParser {
  #rest = "";
  #event = EventParser.#empty();

  constructor(onEvent) {
    this.onEvent = onEvent;
  }

  static #empty() {
    return { id: null, type: "message", lines: [] };
  }

  push(text) {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    for (const line of lines) this.#line(line);
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const [name, rest] = colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1)];
    const value = rest.startsWith(" ") ? rest.slice(1) : rest;
    if (name === "data") this.#event.lines.push(value);
    else if (name === "event") this.#event.type = value;
    else if (name === "id") this.#event.id = value;
  }

  #dispatch() {
    const { id, type, lines } = this.#event;
    this.#event = EventParser.#empty();
    if (lines.length || id !== null) this.onEvent({ id, type, text: lines.join("\n") });
  }
}
