const SVG = "http://www.w3.org/2000/svg";

/**
 * An HTML element. Children are nodes, texts, numbers, lists of those; `null`, `undefined` and `false` are none. Texts become
 * text nodes, so that no name is ever parsed as markup.
 *
 * @param {string} tag
 * @param {Object} attributes `class`, `onclick` and its like as functions, `true` for one without a value; what is `null`,
 *   `undefined` or `false` is left out.
 */
export function html(tag, attributes, ...children) {
  return furnished(document.createElement(tag), attributes, children);
}

/** An SVG element, as {@link html} makes those of HTML. */
export function svg(tag, attributes, ...children) {
  return furnished(document.createElementNS(SVG, tag), attributes, children);
}

function furnished(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) attach(node, name, value);
  node.append(
    ...children.flat(Infinity).filter(isShown).map((child) => (child instanceof Node ? child : String(child))),
  );
  return node;
}

function attach(node, name, value) {
  if (!isShown(value)) return;
  if (typeof value === "function") node.addEventListener(name.slice(2), value);
  else node.setAttribute(name, value === true ? "" : value);
}

function isShown(value) {
  return value !== null && value !== undefined && value !== false;
}

/** A link within the console. */
export function link(path, ...children) {
  return html("a", { href: path }, ...children);
}

/** A path of segments, each escaped. */
export function path(...segments) {
  return "/" + segments.map((segment) => encodeURIComponent(segment)).join("/");
}
