import { html } from "./element.js";

const NONE = "–";

/** Four significant digits; whole numbers in groups of three. */
export function number(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return NONE;
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return signed(value.toLocaleString("en-US"));
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return signed(value.toExponential(digits - 2));
  const rounded = Number(value.toPrecision(digits));
  return signed(size >= 1000 ? rounded.toLocaleString("en-US") : String(rounded));
}

/** With a minus of the width of a plus. */
function signed(text) {
  return text.replace("-", "−");
}

/** A difference: with its sign, whichever it is. */
export function difference(value, digits = 3) {
  if (value === null || value === undefined) return NONE;
  return value > 0 ? "+" + number(value, digits) : number(value, digits);
}

export function share(value, digits = 3) {
  return value === null || value === undefined ? NONE : `${number(100 * value, digits)} %`;
}

/** Small ones as what they are below. */
export function pValue(value) {
  if (value === null || value === undefined) return NONE;
  return value > 0 && value < 1e-4 ? "< 0.0001" : number(value, 2);
}

export function count(value, one, many = one + "s") {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** The first digits of an id. */
export function short(id, length = 10) {
  return id ? id.replace(/^sha256:/, "").slice(0, length) : NONE;
}

export function bytes(value) {
  if (value === null || value === undefined) return NONE;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const place = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  return `${number(value / 1024 ** place, 3)} ${units[place]}`;
}

const SPANS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

/** A span of time by its two largest units, as in `3 d 4 h`. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return NONE;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const first = SPANS.findIndex(([, length]) => seconds >= length);
  const [unit, length] = SPANS[first];
  const whole = Math.floor(seconds / length);
  const next = SPANS[first + 1];
  const rest = next ? Math.floor((seconds - whole * length) / next[1]) : 0;
  return rest ? `${whole} ${unit} ${rest} ${next[0]}` : `${whole} ${unit}`;
}

/** A time in UTC, to the minute. */
export function moment(time) {
  return time ? new Date(time).toISOString().slice(0, 16).replace("T", " ") : NONE;
}

/** A time in UTC, to the second. */
export function instant(time) {
  return time ? new Date(time).toISOString().slice(0, 19).replace("T", " ") : NONE;
}

/** A time element in UTC. */
export function at(time) {
  return time ? html("time", { datetime: time, title: `${time} (${ago(time)})` }, moment(time)) : NONE;
}

/** A time of a window: to the second where the window is shorter than a minute. */
export function windowTime(time, { start, end }) {
  return Date.parse(end) - Date.parse(start) < 60e3 ? instant(time) : moment(time);
}

/** A time element that says how long ago it was; the text is renewed by {@link renewAges}. */
export function since(time) {
  return time ? html("time", { datetime: time, "data-age": true, title: `${instant(time)} UTC` }, ago(time)) : NONE;
}

function ago(time) {
  const seconds = (Date.now() - new Date(time)) / 1000;
  if (seconds < -1) return `in ${duration(-seconds)}`;
  return seconds < 5 ? "just now" : `${duration(seconds).split(" ").slice(0, 2).join(" ")} ago`;
}

/** Brings every age on the page up to date. */
export function renewAges() {
  for (const node of document.querySelectorAll("time[data-age]")) node.textContent = ago(node.getAttribute("datetime"));
}
