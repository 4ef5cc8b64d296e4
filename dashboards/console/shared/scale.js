import { number } from "./format.js";

/** A linear map of numbers to pixels; of one number alone to the middle. */
export function scale([low, high], [from, to]) {
  const span = high - low;
  const place = (value) => (span === 0 ? (from + to) / 2 : from + ((value - low) / span) * (to - from));
  place.domain = [low, high];
  return place;
}

/** The least and the greatest of finite numbers; `null` where there are none. */
export function extent(values) {
  const finite = values.filter((value) => Number.isFinite(value));
  if (!finite.length) return null;
  return finite.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

/** Some more room on both sides, and a span where there was none. */
export function widened([low, high], part = 0.06) {
  const room = (high - low || Math.abs(high) || 1) * part;
  return [low - room, high + room];
}

/** About so many round numbers within a domain. */
export function ticks([low, high], about) {
  const step = roundStep((high - low) / Math.max(about, 1));
  const found = [];
  for (let place = Math.ceil(low / step); place * step <= high + step * 1e-9; place++) {
    found.push(Number((place * step).toPrecision(12)));
  }
  return found;
}

function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
}

const MINUTE = 60e3, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const STEPS = [
  1e3,
  5e3,
  15e3,
  30e3,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
];

/** Round times in UTC, in milliseconds, with what to write beside them. */
export function timeTicks([low, high], about) {
  const rough = (high - low) / Math.max(about, 1);
  if (rough > STEPS.at(-1)) return monthTicks(low, high, Math.ceil(rough / (31 * DAY)));
  const step = STEPS.find((length) => length >= rough);
  const found = [];
  for (let time = Math.ceil(low / step) * step; time <= high; time += step) {
    found.push({ value: time, text: timeText(time, step) });
  }
  return found;
}

function monthTicks(low, high, months) {
  const found = [];
  const first = new Date(low);
  for (let month = first.getUTCMonth() + 1;; month += months) {
    const time = Date.UTC(first.getUTCFullYear(), month);
    if (time > high) return found;
    found.push({ value: time, text: new Date(time).toISOString().slice(0, 7) });
  }
}

function timeText(time, step) {
  const text = new Date(time).toISOString();
  if (step >= DAY) return text.slice(5, 10);
  return step >= MINUTE ? (time % DAY === 0 ? text.slice(5, 10) : text.slice(11, 16)) : text.slice(11, 19);
}

/** Ticks of numbers, as {@link timeTicks} has those of times. */
export function numberTicks(domain, about) {
  return ticks(domain, about).map((value) => ({ value, text: number(value, 3) }));
}
