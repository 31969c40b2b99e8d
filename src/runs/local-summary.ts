import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { isJsonObject, type JsonObject } from "../json.ts";
import { canonicalise } from "../judgement/metrics.ts";
import type { MetricSummary } from "../judgement/summary.ts";
import { text } from "../judgement/texts.ts";
import { unwrapConfig, wandbJson } from "../wire/wandb-json.ts";
import { loggedNumber } from "../wire/wandb-numbers.ts";
import { runFolderOf, runIdOf } from "./find-files.ts";
import type { LocalRun } from "./merge-segments.ts";

/**
 * The last resort: a run folder whose history is gone keeps its last values in `wandb-summary.json`. One point is no
 * curve, so only `last` is filled. null = the file holds nothing that we read.
 */
export async function readLocalSummary({
  path,
  wants,
  now,
}: {
  path: string;
  wants: (key: string) => boolean;
  now: number;
}): Promise<LocalRun | null> {
  const values = await readFile(path, "utf8").then(wandbJson, () => undefined);
  const id = runIdOf(runFolderOf(path));
  if (!isJsonObject(values) || id === null) return null;
  const points = Object.entries(values).flatMap(([key, value]): [string, MetricSummary][] => {
    const last = loggedNumber(value);
    return wants(key) && last !== undefined ? [[key, onePoint(last)]] : [];
  });
  if (points.length === 0) return null;
  const step = loggedNumber(values["_step"]);
  const run = {
    id,
    label: id,
    name: null,
    url: null,
    state: "unknown" as const,
    rows: null,
    steps: step !== undefined && Number.isFinite(step) ? step : null,
    config: await readConfig(join(dirname(path), "config.yaml")),
    data: { kind: "summary" as const, summary: canonicalise(points) },
  };
  return {
    run,
    group: null,
    tags: [],
    createdAt: createdAt(path, now),
    warnings: [text("warning.summary-only", { run: id })],
  };
}

function onePoint(last: number): MetricSummary {
  return {
    first: null,
    last: Number.isFinite(last) ? last : null,
    best: null,
    best_step: null,
    delta: null,
    pct: null,
  };
}

/** The start of the run as its folder's name tells it, in local time. */
function createdAt(path: string, now: number): number {
  const [, y, mo, d, h, mi, s] = /run-(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)-/.exec(runFolderOf(path)) ?? [];
  return y ? new Date(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s)).getTime() : now;
}

async function readConfig(path: string): Promise<JsonObject | null> {
  try {
    const config: unknown = parse(await readFile(path, "utf8"));
    return isJsonObject(config) ? unwrapConfig(config) : null;
  } catch {
    return null; // an older or killed run has none; a run without config is judged by its curves alone
  }
}
