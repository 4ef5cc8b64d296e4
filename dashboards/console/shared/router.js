/** Which page a path leads to. */
export class Router {
  #routes;

  /** @param {Object<string, function(): Promise>} routes by pattern, such as `/models/:model`: what loads the page's module */
  constructor(routes) {
    this.#routes = Object.entries(routes).map(([pattern, load]) => ({ segments: split(pattern), load }));
  }

  /**
   * @param {string} pathname as `location` has it, escaped
   * @returns {?{load: function(): Promise, parameters: Object<string, string>}}
   */
  match(pathname) {
    const segments = split(pathname);
    for (const { segments: pattern, load } of this.#routes) {
      const parameters = matched(pattern, segments);
      if (parameters) return { load, parameters };
    }
    return null;
  }
}

function split(pathname) {
  return pathname.split("/").filter((segment) => segment !== "");
}

function matched(pattern, segments) {
  if (pattern.length !== segments.length) return null;
  const parameters = {};
  for (const [place, expected] of pattern.entries()) {
    if (expected.startsWith(":")) parameters[expected.slice(1)] = unescaped(segments[place]);
    else if (expected !== segments[place]) return null;
  }
  return parameters;
}

function unescaped(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Calls back for links that stay in the console, instead of leaving the page. */
export function interceptLinks(onFollow) {
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest("a[href]");
    if (!anchor || !isPlain(event) || !staysHere(anchor)) return;
    event.preventDefault();
    onFollow(anchor.getAttribute("href"));
  });
}

function isPlain(event) {
  return event.button === 0 && !event.defaultPrevented &&
    !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
}

function staysHere(anchor) {
  const href = anchor.getAttribute("href");
  return href.startsWith("/") && !anchor.hasAttribute("download") && !anchor.target &&
    !/^\/(api|ajax-api|metrics|get-artifact)\b/.test(href);
}
