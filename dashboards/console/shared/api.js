const TOKEN = "leeway.token";

/** What a process answered instead of what was asked for. */
export class APIFailure extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Nobody answers. */
export class Unreachable extends Error {}

/** The token that a person gave for this tab, `null` where none is needed. */
export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: (text) => sessionStorage.setItem(TOKEN, text),
};

/** @throws {APIFailure|Unreachable|DOMException} the last when `signal` was aborted. */
export async function call(path, { body, signal, ...options } = {}) {
  const headers = { ...options.headers };
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const request = { method: body === undefined ? "GET" : "POST", headers, signal };
  if (body !== undefined) request.body = JSON.stringify(body);
  const response = await fetch(path, request).catch((error) => {
    throw error.name === "AbortError" ? error : new Unreachable("nobody answers");
  });
  if (!response.ok) throw new APIFailure(response.status, await complaint(response));
  return response;
}

/** Reads JSON. */
export async function read(path, options) {
  return (await call(path, options)).json();
}

/** Reads JSON; `absent` where there is none. */
export async function readIfPresent(path, options, absent = null) {
  try {
    return await read(path, options);
  } catch (error) {
    if (error instanceof APIFailure && error.status === 404) return absent;
    throw error;
  }
}

async function complaint(response) {
  const text = await response.text();
  try {
    const answer = JSON.parse(text);
    return answer.error?.message ?? answer.message ?? text;
  } catch {
    return text || `${response.status} ${response.statusText}`;
  }
}

/** A path with a query; parameters that are `null`, `undefined` or empty are left out, lists are repeated. */
export function query(path, parameters) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const item of [value].flat()) {
      if (item !== null && item !== undefined && item !== "") search.append(name, item);
    }
  }
  return search.size ? `${path}?${search}` : path;
}
