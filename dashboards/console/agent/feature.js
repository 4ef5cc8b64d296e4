import { query, readIfPresent } from "../shared/api.js";
import { html, link, path } from "../shared/element.js";
import { instant, number, windowTime } from "../shared/format.js";
import { lineChart } from "../shared/line-chart.js";
import { empty, section } from "../shared/parts.js";
import { region } from "../shared/region.js";
import { cellView, readCell } from "./cell.js";
import { featurePath } from "./paths.js";
import { levelBadge, LEVELS } from "./levels.js";
import { measureName } from "./measures.js";
import { decoded } from "./timeline.js";

/** One feature over all windows, and one of them closely. */
export const page = {
  title: ({ model, feature }) => `${feature} of ${model}`,

  async load({ model, feature: name }, search, signal) {
    const address = query(`/api/v1${path("models", model)}/timeline`, {
      measure: search.get("measure") ?? "primary",
      windows: 200,
    });
    const timeline = await readIfPresent(address, { signal });
    const { windows, features } = timeline ? decoded(timeline) : { windows: [], features: [] };
    const family = search.get("family");
    const feature = features.find((one) => one.name === name && (!family || one.family === family));
    if (!feature || !windows.length) return { feature: null };
    const end = search.get("window") ?? windows.at(-1).end;
    const cell = await readCell(model, feature, end, signal).catch((error) => ({ error: error.message }));
    return { feature, windows, end, cell };
  },

  create({ model, feature: name }) {
    const body = region((
      data,
    ) => (data.feature
      ? [course(model, data), closely(data)]
      : empty(`No window of ${model} holds a feature of this name.`))
    );
    return {
      node: html(
        "div",
        null,
        html("p", { class: "crumbs" }, link(path("models", model), model)),
        html("h1", null, name),
        body.node,
      ),
      show: (data) => body.show(data),
    };
  },

  concerns: ({ type, data }, { model }) => type === "window" && (!data || data.model === model),
};

function course(model, { feature, windows, end }) {
  const bad = [...feature.levels].filter((level) => LEVELS[level].weight > 0).length;
  const levels = [["large", feature.threshold], ["critical", feature.critical]].filter(([, value]) =>
    Number.isFinite(value)
  );
  return section(
    "Over time",
    html("p", null, `${bad} of ${windows.length} windows are conspicuous.`),
    lineChart({
      label: `${measureName(feature.measure)} of ${feature.name}, window by window.`,
      over: "time",
      xs: windows.map(({ end }) => Date.parse(end)),
      series: [{ name: measureName(feature.measure), values: feature.values, mark: "series-1" }],
      levels: levels.map(([name, value]) => ({ name: `${name} from ${number(value, 3)}`, value })),
    }),
    neighbours(model, feature, windows, end),
  );
}

/** The windows around the one that is looked at. */
function neighbours(model, feature, windows, end) {
  const place = windows.findIndex((window) => window.end === end);
  const first = Math.max(0, Math.min(place - 3, windows.length - 7));
  const items = windows.slice(first, first + 7).map((window, offset) =>
    html(
      "li",
      null,
      html(
        "a",
        { href: featurePath(model, feature, window.end), "aria-current": window.end === end ? "true" : null },
        windowTime(window.end, window),
      ),
      " ",
      levelBadge(LEVELS[feature.levels[first + offset]].name),
    )
  );
  return html("nav", { "aria-label": "Windows" }, html("ul", { class: "windows" }, items));
}

function closely({ cell, end }) {
  return section(`The window to ${instant(end)}`, cell.error ? empty(cell.error) : cellView(cell));
}
