import { query, read } from "../shared/api.js";
import { path } from "../shared/element.js";
import { LEVELS } from "./levels.js";

const MOST = 200;
/** Asked for when a window has closed; if it does not meet what is known, all is read again. */
const NEWEST = 5;

const VERDICTS = { o: "ok", d: "drifted", m: "incomplete", i: "insufficient" };

/**
 * A model's windows and features, column by column, kept up to date.
 *
 * - `windows`: `{start, end, rows, missed, partial, verdict, pValue, reference}`, oldest first
 * - `features`: `{name, family, kind, measure, threshold, critical, values, levels}`, a value and a character a window
 */
export class TimelineReader {
  #model;
  #measure;
  #known = null;

  /** @param {?string} measure `null` for the drift score where there is one, else each feature's deciding measure */
  constructor(model, measure) {
    this.#model = model;
    this.#measure = measure;
  }

  async read(signal) {
    this.#measure ??= (await this.#hasScores(signal)) ? "score" : "primary";
    this.#known = (this.#known && (await this.#continued(signal))) || (await this.#ask(MOST, signal));
    return this.#known;
  }

  /** Where alarms are calibrated it is the score that alarms, and how large a measure is says little. */
  async #hasScores(signal) {
    const { features } = await this.#ask(NEWEST, signal, "score");
    return features.some(({ values }) => values.some((value) => value !== null));
  }

  async #ask(windows, signal, measure = this.#measure) {
    const address = `/api/v1${path("models", this.#model)}/timeline`;
    return decoded(await read(query(address, { measure, windows }), { signal }));
  }

  async #continued(signal) {
    const newest = await this.#ask(NEWEST, signal);
    return joined(this.#known, newest);
  }
}

/** What the API's columns stand for. */
export function decoded({ windows, features, references, measures, model, measure, open }) {
  return {
    model,
    measure,
    measures,
    open: open ?? null,
    windows: windows.end.map((end, place) => ({
      start: windows.start[place],
      end,
      rows: windows.rows[place],
      missed: windows.missed[place],
      partial: windows.partial[place] === "1",
      verdict: VERDICTS[windows.verdict[place]],
      pValue: windows.p_value[place],
      reference: references[windows.reference[place]],
    })),
    features: features.map(({ values, exponent, ...feature }) => ({
      ...feature,
      values: values.map((value) => (value === null ? null : Number(`${value}e${exponent}`))),
    })),
  };
}

/** A timeline with newer windows behind; `null` where the two do not meet, or are not about the same features. */
export function joined(known, newer) {
  const last = known.windows.at(-1)?.end;
  const meeting = newer.windows.findIndex(({ end }) => end === last);
  if (meeting < 0 || known.features.length !== newer.features.length) return null;
  if (
    known.features.some(({ name, family }, place) =>
      name !== newer.features[place].name || family !== newer.features[place].family
    )
  ) return null;
  const behind = meeting + 1;
  const keep = (list, added) => [...list, ...added.slice(behind)].slice(-MOST);
  return {
    ...newer,
    windows: keep(known.windows, newer.windows),
    features: newer.features.map((feature, place) => ({
      ...feature,
      values: keep(known.features[place].values, feature.values),
      levels: (known.features[place].levels + feature.levels.slice(behind)).slice(-MOST),
    })),
  };
}

/** How much a feature has drifted: bad cells count, recent ones more. */
export function concern({ levels }) {
  let sum = 0;
  for (let place = 0; place < levels.length; place++) sum += LEVELS[levels[place]].weight * (place + 1);
  return sum / levels.length;
}

/** The first window of the present run of alarms of a feature; `null` where the newest did not alarm. */
export function alarmedSince({ levels }, windows) {
  let first = levels.length;
  while (first > 0 && levels[first - 1] === "a") first--;
  return windows[first] ?? null;
}
