import * as z from "zod";
import { FollowUp, RoundId, TrainerConditions, VariantId } from "./manifest.ts";

const Sha = z.string().regex(/^[0-9a-f]{40}$/);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const base = { key: z.string().min(1), at: z.iso.datetime() };
const ofRound = { ...base, round: RoundId };
/** Of what an open round stands on in the default branch and the settings; null: all of `base`. */
const Ground = Sha256.nullable().default(null);

/** Training takes the config as this git blob, and refuses it when its bytes do not hash to `sha256`. */
export const ApprovedConfig = z.strictObject({
  path: z.string(),
  blob: Sha,
  sha256: Sha256,
  hash: Sha256,
  seeds: z.array(z.int()).min(1),
  priority: z.int(),
});
export type ApprovedConfig = z.infer<typeof ApprovedConfig>;

/** An attempt of a trial that is to be trained. */
const Wanted = z.strictObject({
  id: z.string(),
  attempt: z.int().positive(),
  /** Total number of steps; left out: those of the round. */
  steps: z.int().positive().optional(),
});

export const Claim = Wanted.extend({
  /** W&B run id of a fresh start. */
  run_id: z.string(),
  /** The earlier attempt that this one goes on with, where the box still has its checkpoint. */
  resume: z.strictObject({ attempt: z.int().positive(), run_id: z.string() }).optional(),
});
export type Claim = z.infer<typeof Claim>;

const attempt = {
  ...ofRound,
  trial: z.string(),
  attempt: z.int().positive(),
  run_id: z.string(),
  reason: z.string().nullable(),
  exit: z.int().nullable(),
  signal: z.string().nullable(),
  steps: z.int().nullable(),
  device_seconds: z.number().nonnegative(),
  /** GPU uuid, `cpu`, …; null: not recorded then. */
  device: z.string().nullable().default(null),
  /** Last held-out L1; null: there was none, or it was no number. */
  eval_l1: z.number().nullable().default(null),
};

/** A rule's promise and what its trial logged. `margin`: two standard errors of the observed mean. */
const CheckedPrediction = z.strictObject({
  trial: z.string(),
  rule: z.string(),
  metric: z.string(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  observed: z.number(),
  margin: z.number().nonnegative(),
  inside: z.boolean(),
});
export type CheckedPrediction = z.infer<typeof CheckedPrediction>;

/** Everything that the ledger can say, one line of `rounds/<round>.jsonl` or `loop.jsonl` each. */
export const LedgerEvent = z.discriminatedUnion("event", [
  z.strictObject({
    ...ofRound,
    event: z.literal("proposed"),
    /** null: a follow-up round; it is committed straight to the default branch, after this was written. */
    pull: z.int().positive().nullable(),
    manifest: Sha256,
    variants: z.array(z.strictObject({ id: VariantId, hash: Sha256 })),
    /** What its reviewers were shown. A merge approves no more than that. */
    follow_up: FollowUp.nullable().default(null),
    /** The round whose merge approved this one beforehand. */
    follows: RoundId.nullable().default(null),
    /** Head of the round's branch, and the commit of the default branch that it builds on; null: not recorded then. */
    commit: Sha.nullable().default(null),
    base: Sha.nullable().default(null),
    ground: Ground,
  }),
  z.strictObject({
    ...ofRound,
    event: z.literal("approved"),
    merge: Sha,
    by: z.string(),
    /** null: a follow-up round, which an earlier merge approved beforehand. */
    pull: z.int().positive().nullable(),
    manifest: Sha256,
    trainer: TrainerConditions,
    configs: z.record(VariantId, ApprovedConfig),
    edited: z.array(VariantId),
    follow_up: FollowUp.nullable().default(null),
  }),
  /**
   * A person pushed to the round's branch: with `commit`, `variants` differ from what was proposed (`hashes`: what they are now)
   * and `removed` are gone.
   */
  z.strictObject({
    ...ofRound,
    event: z.literal("edited"),
    by: z.string().nullable(),
    commit: Sha,
    variants: z.array(VariantId),
    hashes: z.record(VariantId, Sha256).optional(),
    removed: z.array(VariantId),
  }),
  /**
   * The round's branch was looked after: at `commit` it shows what it holds, and goes with `base` of the default branch. `holds`:
   * the newest commit of the default branch that it holds; absent: `base` itself. `dropped` variants were taken out of it because
   * somebody skipped them.
   */
  z.strictObject({
    ...ofRound,
    event: z.literal("refreshed"),
    commit: Sha,
    base: Sha,
    holds: Sha.optional(),
    ground: Ground,
    dropped: z.array(VariantId),
  }),
  z.strictObject({ ...ofRound, event: z.literal("refused"), reason: z.string(), commit: Sha.nullable() }),
  z.strictObject({ ...ofRound, event: z.literal("rejected"), pull: z.int().positive() }),
  z.strictObject({
    ...ofRound,
    event: z.literal("dispatched"),
    dispatch: z.string(),
    trials: z.array(Claim).min(1),
  }),
  z.strictObject({ ...attempt, event: z.literal("finished") }),
  z.strictObject({ ...attempt, event: z.literal("invalid") }),
  z.strictObject({ ...attempt, event: z.literal("stopped") }),
  z.strictObject({ ...attempt, event: z.literal("failed") }),
  z.strictObject({ ...attempt, event: z.literal("interrupted") }),
  z.strictObject({ ...ofRound, event: z.literal("collected"), dispatch: z.string() }),
  z.strictObject({
    ...ofRound,
    event: z.literal("reported"),
    commit: Sha.nullable(),
    attempts: z.array(z.string()),
    /** What the rules had promised of the round's finished trials; a later report of the round replaces it. */
    predictions: z.array(CheckedPrediction).default([]),
    /** Whether a variant was better than everything before it by more than the noise; null: nothing could be compared. */
    gain: z.boolean().nullable().default(null),
  }),
  /** No more rounds follow the approval of this one, for a reason that cannot be read from the ledger otherwise. */
  z.strictObject({ ...ofRound, event: z.literal("campaign-ended"), reason: z.string() }),
  /** Names the attempts that are wanted, so that two who ask for the same get it once. */
  z.strictObject({
    ...ofRound,
    event: z.literal("rerun"),
    by: z.string(),
    trials: z.array(Wanted).min(1),
  }),
  /** Trials that go on to a larger total of steps. */
  z.strictObject({
    ...ofRound,
    event: z.literal("extended"),
    by: z.string(),
    trials: z.array(Wanted.required()).min(1),
  }),
  /** Attempts that are to end, or not to begin. */
  z.strictObject({
    ...ofRound,
    event: z.literal("stop-requested"),
    by: z.string(),
    trials: z.array(Wanted.pick({ id: true, attempt: true })).min(1),
  }),
  /** Configurations that are never trained or proposed (again). */
  z.strictObject({
    ...ofRound,
    event: z.literal("skipped"),
    by: z.string(),
    variants: z.array(z.strictObject({ id: VariantId, hash: Sha256 })).min(1),
  }),
  /** Nothing is claimed or proposed until somebody resumes. */
  z.strictObject({ ...base, event: z.literal("paused"), by: z.string(), reason: z.string().nullable() }),
  z.strictObject({ ...base, event: z.literal("resumed"), by: z.string() }),
  /** A person wants another round although the last one was closed. */
  z.strictObject({ ...base, event: z.literal("propose-requested"), by: z.string() }),
  /** No rule had anything left to propose; the key says from what that was read. */
  z.strictObject({ ...base, event: z.literal("nothing-to-gain") }),
  /** People were told; the key says of what. */
  z.strictObject({ ...base, event: z.literal("notified"), what: z.string() }),
  /** A comment that was read and changed nothing; its key keeps it from being answered twice. */
  z.strictObject({ ...base, event: z.literal("answered"), by: z.string(), answer: z.string() }),
]);
export type LedgerEvent = z.infer<typeof LedgerEvent>;
/** Before it is written. */
export type Unstamped<Event> = Event extends LedgerEvent ? Omit<Event, "at"> : never;
export type EventOf<Name extends LedgerEvent["event"]> = Extract<LedgerEvent, { event: Name }>;
export type OutcomeEvent = EventOf<"finished" | "invalid" | "stopped" | "failed" | "interrupted">;

export function isOutcome(event: LedgerEvent): event is OutcomeEvent {
  return "attempt" in event;
}
