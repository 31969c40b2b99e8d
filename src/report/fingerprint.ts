import { createHash } from "node:crypto";
import type { Json } from "../json.ts";
import type { Analysis } from "../judgement/analysis.ts";
import type { Run } from "../judgement/run.ts";
import type { RoundReport } from "./models.ts";

/**
 * What an analysis was made of: the runs' data, the rule set, and its numbers (thresholds, trust regions) where they are given. No dates, no
 * file names and no order of runs, so that reading the same data again, tomorrow or from another folder, is the same analysis.
 */
export function analysisFingerprint(
  analysis: Pick<Analysis, "runs" | "rules">,
  numbers: Json = null,
): string {
  const runs = analysis.runs.map(({ run }) => canonical(runBasis(run))).sort();
  return sha256(canonical({ rules: analysis.rules, numbers, runs }));
}

/** Changes when a trial of the round ended anew or was tried once more. */
export function roundFingerprint({ manifest, trials }: RoundReport): string {
  const ended = trials.map(({ trial, attempt, outcome }) => ({
    trial,
    attempt,
    run: outcome?.run_id ?? null,
    outcome: outcome?.outcome ?? null,
    steps: outcome?.steps ?? null,
  }));
  return sha256(canonical({ round: manifest.round, trials: ended.map(canonical).sort() }));
}

export function sha256(text: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

function runBasis({ id, label, state, rows, steps, config, data }: Run): unknown {
  const logged =
    data.kind === "curves" ? Object.fromEntries(data.series) : { summary: Object.fromEntries(data.summary) };
  return { id, label, state, rows, steps, config, logged };
}

/** JSON with sorted keys, in which NaN and the infinities stay what they are. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === "number" && !Number.isFinite(inner)) return String(inner);
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
