import * as z from "zod";

/** How an attempt ended. `failed` is retried, `interrupted` is resumed or started again, the others are final. */
export const OutcomeKind = z.enum(["finished", "invalid", "stopped", "failed", "interrupted"]);
export type OutcomeKind = z.infer<typeof OutcomeKind>;

const FiniteOrToken = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])]);

/** JSON has no NaN: non-finite values are written as the strings "NaN", "Infinity", "-Infinity". */
const Curve = z.strictObject({ steps: z.array(z.int()), values: z.array(FiniteOrToken) });

/** What a comparison must agree in (trainer facts, section 10 and 17). null = could not be found out. */
export const Conditions = z.strictObject({
  fork_commit: z.string().nullable(),
  fork_dirty: z.boolean().nullable(),
  pair_data: z.string().nullable(),
  eval_freq: z.int().nullable(),
  batch_size: z.int().nullable(),
  num_workers: z.int().nullable(),
});
export type Conditions = z.infer<typeof Conditions>;

/** `outcomes/<trial>-<attempt>.json`: all that a hosted job needs to judge a training it never saw. At most 1 MB. */
export const Outcome = z.strictObject({
  schema: z.literal("autoloop/outcome@1"),
  round: z.string(),
  dispatch: z.string(),
  trial: z.string(),
  attempt: z.int().positive(),
  run_id: z.string(),
  run_url: z.string().nullable(),
  outcome: OutcomeKind,
  /** Slug of the cause, e.g. `non-finite`, `exit`, `signal`, `out-of-memory`, `ot-dead`, `ot-broken`; null for a finished attempt. */
  reason: z.string().nullable(),
  /** Numbers behind the reason, e.g. {step: 150, line: "…"}. */
  evidence: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  exit: z.int().nullable(),
  signal: z.string().nullable(),
  started: z.iso.datetime(),
  ended: z.iso.datetime(),
  /** GPU uuid, `cpu`, or `slurm:<node>` with `:<gpus>` where it has any for us. */
  device: z.string(),
  /** Wall seconds that the device was held. */
  device_seconds: z.number().nonnegative(),
  /** Last trainer step that was seen; null when training never started. */
  steps: z.int().nullable(),
  log_tail: z.array(z.string()),
  curves: z.record(z.string(), Curve),
  conditions: Conditions,
  /** The earlier attempt whose checkpoint this one went on from; null: it began anew. `run_id` is then that attempt's. */
  resumed_from: z
    .strictObject({ attempt: z.int().positive(), step: z.int().positive() })
    .nullable()
    .default(null),
});
export type Outcome = z.infer<typeof Outcome>;

/** Name in `evidence`: the trainer printed its warning of numerical errors in the OT solver (once per process). */
export const SOLVER_WARNED = "solver_warned";

const UNKNOWN_CONDITIONS: Conditions = {
  fork_commit: null,
  fork_dirty: null,
  pair_data: null,
  eval_freq: null,
  batch_size: null,
  num_workers: null,
};

/** Of an attempt that left nothing: never begun, or never heard of again. */
export function emptyOutcome(
  facts: Pick<
    Outcome,
    "round" | "dispatch" | "trial" | "attempt" | "run_id" | "outcome" | "reason" | "started" | "ended"
  > &
    Partial<Pick<Outcome, "evidence">>,
): Outcome {
  return {
    schema: "autoloop/outcome@1",
    run_url: null,
    evidence: {},
    exit: null,
    signal: null,
    device: "unknown",
    device_seconds: 0,
    steps: null,
    log_tail: [],
    curves: {},
    conditions: UNKNOWN_CONDITIONS,
    resumed_from: null,
    ...facts,
  };
}

/** Where the box could not hear a `/stop`, its workflow run was cancelled: what looks like an accident was meant. */
export function asMeant(outcome: Outcome, stoppedBy: string | undefined): Outcome {
  const cancelled = outcome.outcome === "interrupted" && outcome.reason === "cancelled";
  if (stoppedBy === undefined || !cancelled) return outcome;
  return {
    ...outcome,
    outcome: "stopped",
    reason: "person",
    evidence: { ...outcome.evidence, by: stoppedBy },
  };
}
