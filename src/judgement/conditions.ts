import { groupBy } from "../collections.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { canonicalConfig } from "./canonical.ts";
import { valueAt } from "./config-path.ts";
import type { Finding } from "./findings.ts";
import type { Run } from "./run.ts";
import { state } from "./subject.ts";
import type { ForkProfile } from "./trainer-schema.ts";

/** What two runs must agree in before a difference of their numbers means anything (trainer facts 10 and 17). null = unknown. */
export interface RunConditions {
  readonly seed: number | null;
  /** Steps that were asked for, else those that were reached. */
  readonly steps: number | null;
  /** Length of a summary that does not say its steps. */
  readonly rows: number | null;
  readonly batch_size: number | null;
  readonly eval_freq: number | null;
  readonly num_workers: number | null;
  /** Trained and evaluated on. */
  readonly dataset: string | null;
  /** What OT aligns it with. */
  readonly source: string | null;
  readonly fork_commit: string | null;
  readonly pair_data: string | null;
  /** Step at which it went on from a checkpoint, 0 in one go: the data order differs afterwards (trainer facts 7). */
  readonly resumed_at: number | null;
}

/** Facts that no configuration holds; they come with an outcome. */
export type KnownConditions = Partial<
  Pick<RunConditions, "fork_commit" | "pair_data" | "resumed_at" | "eval_freq" | "steps">
>;

export function conditionsOf(run: Run, known: KnownConditions = {}): RunConditions {
  const { config } = run;
  return {
    seed: numberOf(config, "seed"),
    // A run that never logged anything says nothing of how long the others should be.
    steps: (numberOf(config, "steps") ?? run.steps) || null,
    rows: (config === null && run.steps === null ? run.rows : null) || null,
    batch_size: numberOf(config, "batch_size"),
    eval_freq: numberOf(config, "eval_freq"),
    num_workers: numberOf(config, "num_workers"),
    dataset: targetOf(config),
    source: sourceOf(config),
    fork_commit: null,
    pair_data: null,
    resumed_at: null,
    ...known,
  };
}

function numberOf(config: JsonObject | null, path: string): number | null {
  const value = config === null ? undefined : valueAt(config, path.split("."));
  // NaN differs from itself, and would make a run incomparable with everything.
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function textOf(config: JsonObject | null, path: string): string | null {
  const value = config === null ? undefined : valueAt(config, path.split("."));
  return typeof value === "string" ? value : null;
}

/** Not how images are varied while they are trained on: that is a knob. */
function targetOf(config: JsonObject | null): string | null {
  const repo = textOf(config, "dataset.repo_id");
  if (config === null || repo === null) return null;
  const under = (key: string) => valueAt(config, ["dataset", key]);
  return dataNamed(repo, { root: under("root"), episodes: under("episodes"), revision: under("revision") });
}

/** Without OT there is none, which is no other one. */
function sourceOf(config: JsonObject | null): string | null {
  const repo = textOf(config, "ot.src_repo_id");
  if (config === null || repo === null || valueAt(config, ["ot", "enable"]) !== true) return null;
  // The trainer falls back to the folder of the other one, which has to be known for that.
  if (textOf(config, "dataset.repo_id") === null) return null;
  return dataNamed(repo, {
    root: valueAt(config, ["ot", "src_root"]) ?? valueAt(config, ["dataset", "root"]),
  });
}

/** `lab/target`, and what is said beyond the name: equal texts are equal data. */
function dataNamed(repo: string, parts: Readonly<Record<string, Json | undefined>>): string {
  const said = Object.entries(parts).filter(([, value]) => value !== null && value !== undefined);
  return [repo, ...said.map(([key, value]) => `${key} ${JSON.stringify(value)}`)].join(" ");
}

const FIELDS = [
  "seed",
  "steps",
  "rows",
  "batch_size",
  "eval_freq",
  "num_workers",
  "dataset",
  "source",
  "fork_commit",
  "pair_data",
  "resumed_at",
] as const;

/** Conditions in which both are known and differ. What is unknown is not held against a run. */
export function differing(a: RunConditions, b: RunConditions): readonly (keyof RunConditions)[] {
  return FIELDS.filter((field) => differIn(field, a, b));
}

function differIn(field: keyof RunConditions, a: RunConditions, b: RunConditions): boolean {
  return a[field] !== null && b[field] !== null && a[field] !== b[field];
}

/**
 * Equal in every condition, for decisions that cannot be taken back. What is unknown of both counts as equal, what is unknown of one
 * alone does not: nobody can tell that it is the same.
 */
export function surelyAgree(
  a: RunConditions,
  b: RunConditions,
  { except }: { readonly except: readonly (keyof RunConditions)[] },
): boolean {
  return FIELDS.every((field) => except.includes(field) || a[field] === b[field]);
}

/** The blocks that it reads are the same for all versions of the trainer. */
const ANY_FORK: ForkProfile = "train-logging";

/**
 * Everything of a configuration that says which data are trained and evaluated on, with the defaults filled in; equal texts are equal
 * data. The pair data are not in it: they are compared by content.
 */
export function trainedData(config: JsonObject): string {
  const { dataset = null, ot } = canonicalConfig(config, { fork: ANY_FORK });
  const source = (key: string) => (ot !== undefined && isJsonObject(ot) ? (ot[key] ?? null) : null);
  return JSON.stringify([dataset, source("src_repo_id"), source("src_root")]);
}

function agree(a: RunConditions, b: RunConditions): boolean {
  return !FIELDS.some((field) => differIn(field, a, b));
}

/**
 * One finding for every run that may not be compared with most of the others. The reference is the run that agrees with
 * most; of several, the first.
 */
export function diagnoseComparison(all: readonly RunConditions[]): readonly (Finding | null)[] {
  // A thousand runs have few conditions: what is alike is compared once.
  const alike = [...groupBy(all, (own) => JSON.stringify(FIELDS.map((field) => own[field]))).values()];
  const kinds = alike.flatMap(([kind, ...others]) => (kind ? [{ kind, runs: 1 + others.length }] : []));
  const agreeing = kinds.map((own) =>
    kinds.reduce((runs, other) => runs + (agree(own.kind, other.kind) ? other.runs : 0), 0),
  );
  const reference = kinds[agreeing.indexOf(Math.max(...agreeing))]?.kind;
  return all.map((own) => {
    const fields = reference === undefined ? [] : differing(reference, own);
    if (reference === undefined || fields.length === 0) return null;
    const details = fields.map((field) => `${field} ${String(own[field])} (${String(reference[field])})`);
    return state("invalid-comparison", { severity: "note", evidence: { fields: [...fields], details } });
  });
}
