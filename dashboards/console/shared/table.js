import { html } from "./element.js";

/**
 * A table.
 *
 * @param {string} caption what it is, for those who cannot see what is above it
 * @param {{head: any, cell: function(row): any, number: ?boolean, class: ?string, sort: ?{direction: ?string, onclick: function}}[]} columns
 *   the first that is `header` names the row
 */
export function table(caption, columns, rows) {
  const head = html("tr", null, columns.map(heading));
  const body = rows.map((row) => html("tr", { class: row.class }, columns.map((column) => cell(column, row))));
  return html(
    "div",
    { class: "scrolling", tabindex: "0", role: "region", "aria-label": caption },
    html(
      "table",
      null,
      html("caption", { class: "unseen" }, caption),
      html("thead", null, head),
      html("tbody", null, body),
    ),
  );
}

function heading({ head, number, sort }) {
  const attributes = { scope: "col", class: number ? "number" : null };
  if (!sort) return html("th", attributes, head);
  const sign = { ascending: " ↑", descending: " ↓" }[sort.direction] ?? "";
  return html(
    "th",
    { ...attributes, "aria-sort": sort.direction ?? "none" },
    html("button", { class: "sort", onclick: sort.onclick, "data-key": `sort ${head}` }, head, sign),
  );
}

function cell(column, row) {
  const attributes = { class: [column.number ? "number" : "", column.class ?? ""].join(" ").trim() || null };
  return column.header
    ? html("th", { scope: "row", ...attributes }, column.cell(row))
    : html("td", attributes, column.cell(row));
}
