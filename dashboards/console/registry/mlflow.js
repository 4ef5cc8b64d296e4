import { query, read } from "../shared/api.js";

const API = "/ajax-api/2.0/mlflow";

/** All experiments that are not deleted, by id. */
export async function experiments(signal) {
  const { experiments: found = [] } = await read(`${API}/experiments/search`, { body: { max_results: 1000 }, signal });
  return found.map(({ experiment_id: id, name }) => ({ id, name }));
}

/**
 * Runs, as the filter of MLflow's grammar chooses them.
 *
 * @returns {{runs: Object[], next: ?string}}
 */
export async function searchRuns({ experiments, filter, order, limit = 50, page }, signal) {
  const body = {
    experiment_ids: experiments,
    filter: filter || undefined,
    order_by: order ? [order] : undefined,
    max_results: limit,
    page_token: page || undefined,
  };
  const { runs = [], next_page_token: next } = await read(`${API}/runs/search`, { body, signal });
  return { runs: runs.map(runOf), next: next ?? null };
}

function runOf({ info, data = {} }) {
  const time = (milliseconds) => (Number(milliseconds) ? new Date(Number(milliseconds)).toISOString() : null);
  const pairs = (list = []) => Object.fromEntries(list.map(({ key, value }) => [key, value]));
  return {
    id: info.run_id,
    name: info.run_name,
    experiment: info.experiment_id,
    status: info.status,
    started: time(info.start_time),
    ended: time(info.end_time),
    params: pairs(data.params),
    metrics: pairs(data.metrics),
    tags: pairs(data.tags),
  };
}

/** A metric of a run, step by step: `{step, value, timestamp}`, in the order of steps. */
export async function history(run, metric, signal) {
  const { metrics = [] } = await read(
    query(`${API}/metrics/get-history`, { run_id: run, metric_key: metric, max_results: 10000 }),
    { signal },
  );
  return metrics.map(({ step, value, timestamp }) => ({
    step: Number(step),
    value: Number(value),
    timestamp: Number(timestamp),
  })).sort((a, b) => a.step - b.step || a.timestamp - b.timestamp);
}

export async function artifacts(run, path, signal) {
  const { files = [] } = await read(query(`${API}/artifacts/list`, { run_id: run, path }), { signal });
  return files.map(({ path, is_dir: isFolder, file_size: size }) => ({
    path,
    isFolder,
    size: size === undefined ? null : Number(size),
  }));
}

export function artifactPath(run, path) {
  return query("/get-artifact", { run_id: run, path });
}
