import { query, read } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { at, number, since } from "../shared/format.js";
import { empty, tile, tiles } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { table } from "../shared/table.js";
import { KINDS } from "./kinds.js";
import { alertBadge } from "./levels.js";

const FILTERS = ["model", "state", "severity", "kind"];
const CHOICES = { state: ["firing", "resolved"], severity: ["warning", "critical"], kind: Object.keys(KINDS) };

/** All alerts, the newest first. */
export const page = {
  title: () => "Alerts",

  load: (_, search, signal) => read(query("/api/v1/alerts", { ...Object.fromEntries(search), limit: 50 }), { signal }),

  create(_, search, shell) {
    const counts = region(({ firing }) =>
      tiles(
        tile("critical, firing", number(firing.critical ?? 0)),
        tile("warnings, firing", number(firing.warning ?? 0)),
      )
    );
    const rows = region((alerts) => (alerts.length ? alertTable(alerts) : empty("There is no such alert.")));
    const more = region((next) =>
      next && link(query("/alerts", { ...Object.fromEntries(search), before: next }), "Older alerts")
    );
    const show = ({ alerts, next = null, firing }) => {
      counts.show({ firing });
      rows.show(alerts);
      more.show(next);
    };
    return {
      node: html(
        "div",
        null,
        html("h1", null, "Alerts"),
        counts.node,
        filters(search, shell),
        rows.node,
        html("p", null, more.node),
      ),
      show,
    };
  },

  concerns: ({ type }) => type === "alert",
};

function filters(search, shell) {
  const apply = (event) => {
    event.preventDefault();
    const chosen = Object.fromEntries(FILTERS.map((name) => [name, form.elements[name].value]));
    shell.go(query("/alerts", chosen));
  };
  const form = html(
    "form",
    { class: "search", onsubmit: apply, onchange: apply },
    html(
      "label",
      { for: "model" },
      "Model ",
      html("input", { type: "search", id: "model", name: "model", value: search.get("model") ?? "" }),
    ),
    Object.entries(CHOICES).map(([name, choices]) =>
      html(
        "label",
        { for: name },
        name[0].toUpperCase() + name.slice(1),
        " ",
        html(
          "select",
          { id: name, name },
          html("option", { value: "" }, "any"),
          choices.map((choice) =>
            html("option", { value: choice, selected: search.get(name) === choice }, KINDS[choice] ?? choice)
          ),
        ),
      )
    ),
    html("button", null, "Show"),
  );
  return form;
}

function alertTable(alerts) {
  return table("Alerts", [
    { head: "alert", header: true, cell: ({ id, kind }) => link(path("alerts", id), KINDS[kind] ?? kind) },
    { head: "state", cell: alertBadge },
    {
      head: "model",
      cell: ({ model, version }) => [link(path("models", model), model), version ? ` version ${version}` : null],
    },
    {
      head: "where",
      class: "wrap",
      cell: ({ features, measure }) =>
        features.slice(0, 4).join(", ") + (features.length > 4 ? `, and ${features.length - 4} more` : "") || measure,
    },
    {
      head: "how far",
      number: true,
      cell: (
        { measure, value, threshold },
      ) => [
        `${measure} ${number(value, 3)}`,
        threshold !== undefined ? html("small", null, ` of ${number(threshold, 3)}`) : null,
      ],
    },
    {
      head: "since",
      cell: (
        alert,
      ) => [
        at(alert.since),
        " ",
        html("small", null, alert.resolved ? ["until ", at(alert.resolved)] : since(alert.since)),
      ],
    },
    { head: "retraining", cell: ({ request }) => request?.state ?? "–" },
  ], alerts);
}
