import { html } from "./element.js";

/**
 * A part of a page that is drawn anew only when what it shows has changed, and keeps the focus where it was.
 *
 * @param {function(any): (Node|Node[])} draw
 */
export function region(draw, attributes) {
  const node = html("div", attributes);
  let shown;
  return {
    node,
    show(data) {
      const text = JSON.stringify(data);
      if (text === shown) return;
      shown = text;
      keepingFocus(node, () => node.replaceChildren(...[draw(data)].flat(Infinity).filter(Boolean)));
    },
  };
}

/** Whoever had the focus within a node has it again after a change; elements are known by `data-key`, `href` or `name`. */
function keepingFocus(node, change) {
  const key = node.contains(document.activeElement) ? identity(document.activeElement) : null;
  const opened = new Set([...node.querySelectorAll("details[open]")].map(summaryText));
  change();
  for (const details of node.querySelectorAll("details")) if (opened.has(summaryText(details))) details.open = true;
  if (key) {
    [...node.querySelectorAll("a, button, input, select, summary, [tabindex]")].find((one) => identity(one) === key)
      ?.focus();
  }
}

function identity(element) {
  return element.dataset.key ?? element.getAttribute("href") ?? element.getAttribute("name") ?? element.textContent;
}

function summaryText(details) {
  return details.querySelector("summary")?.textContent;
}
