import { lineChart } from "../shared/line-chart.js";
import { history } from "./mlflow.js";

/** More would be no longer told apart. */
export const MOST_LINES = 6;
const MOST_CURVES = 12;

/**
 * The metrics that were logged more than once, each with a line a run.
 *
 * @param {{id: string, name: string, metrics: string[]}[]} runs
 * @returns {{metric: string, lines: {name: string, points: {step: number, value: number}[]}[]}[]}
 */
export async function readCurves(runs, signal) {
  const names = [...new Set(runs.flatMap(({ metrics }) => metrics))].sort().slice(0, 3 * MOST_CURVES);
  const curves = await Promise.all(names.map((metric) => readCurve(metric, runs, signal)));
  return curves.filter(({ lines }) => lines.some(({ points }) => points.length > 1)).slice(0, MOST_CURVES);
}

async function readCurve(metric, runs, signal) {
  const lines = await Promise.all(
    runs.slice(0, MOST_LINES).filter(({ metrics }) => metrics.includes(metric)).map(async ({ id, name }) => ({
      name,
      points: await history(id, metric, signal),
    })),
  );
  return { metric, lines };
}

export function curveChart({ metric, lines }) {
  const steps = [...new Set(lines.flatMap(({ points }) => points.map(({ step }) => step)))].sort((a, b) => a - b);
  const isByTime = steps.length === 1;
  const place = ({ step, timestamp }) => (isByTime ? timestamp : step);
  const xs = isByTime ? [...new Set(lines.flatMap(({ points }) => points.map(place)))].sort((a, b) => a - b) : steps;
  return lineChart({
    label: `${metric}, ${isByTime ? "over time" : "step by step"}.`,
    over: isByTime ? "time" : "number",
    xs,
    isBridged: true,
    series: lines.map(({ name, points }, index) => {
      const values = new Map(points.map((point) => [place(point), point.value]));
      return { name, values: xs.map((x) => values.get(x) ?? null), mark: `series-${index + 1}` };
    }),
  });
}
