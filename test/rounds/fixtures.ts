import type { Rules } from "../../src/rounds/budget.ts";
import type { RoundPlan } from "../../src/rounds/draft.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { foldLedger, type History } from "../../src/rounds/history.ts";
import type { Observed } from "../../src/rounds/reconcile.ts";
import { RETRIES } from "../../src/rounds/trials.ts";

const sha = (digit: string) => digit.repeat(40);
const sha256 = (digit: string) => digit.repeat(64);
export const HEAD = sha("1");
/** What rounds stand on at BASE. */
const GROUND = "7".repeat(64);
const BASE = sha("0");
const AT = "2026-01-05T20:00:00.000Z";

/** A little ledger in short hand: each function is one event. */
export const say = {
  proposed: (round: string, pull = 7): LedgerEvent => ({
    key: `proposed:${round}`,
    at: AT,
    event: "proposed",
    round,
    pull,
    manifest: sha256("a"),
    variants: [{ id: `${round}a`, hash: sha256("1") }],
    follow_up: null,
    follows: null,
    commit: HEAD,
    base: BASE,
    ground: GROUND,
  }),
  approved: (round: string, hashes: readonly string[] = ["1"], pull = 7): LedgerEvent => ({
    key: `approved:${round}`,
    at: AT,
    event: "approved",
    round,
    merge: sha("c"),
    by: "ana",
    pull,
    manifest: sha256("a"),
    trainer: { fork: "train-logging", steps: 2000, eval_freq: 200, log_freq: 50 },
    configs: Object.fromEntries(
      hashes.map((digit, index) => [
        `${round}${"abc"[index]}`,
        {
          path: `configs/${digit}.json`,
          blob: sha("b"),
          sha256: sha256("d"),
          hash: sha256(digit),
          seeds: [42],
          priority: index + 1,
        },
      ]),
    ),
    edited: [],
    follow_up: null,
  }),
  dispatched: (
    dispatch: string,
    trials: readonly { id: string; attempt: number; steps?: number | undefined }[],
    at = AT,
  ): LedgerEvent => ({
    key: `dispatched:${dispatch}`,
    at,
    event: "dispatched",
    round: dispatch.slice(0, 4),
    dispatch,
    trials: trials.map((trial) => ({ ...trial, run_id: `a${trial.attempt}${trial.id}` })),
  }),
  ended: (
    event: "finished" | "failed" | "interrupted" | "invalid" | "stopped",
    trial: string,
    attempt = 1,
  ): LedgerEvent => ({
    key: `${event}:${trial}:${attempt}`,
    at: AT,
    event,
    round: trial.slice(0, 4),
    trial,
    attempt,
    run_id: `a${attempt}${trial}`,
    reason: event === "finished" ? null : "exit",
    exit: event === "finished" ? 0 : 1,
    signal: null,
    steps: 2000,
    device_seconds: 60,
    device: "cpu",
    eval_l1: 0.2,
  }),
  reported: (round: string, attempts: readonly string[]): LedgerEvent => ({
    key: `reported:${round}:${attempts.length}`,
    at: AT,
    event: "reported",
    round,
    commit: sha("e"),
    attempts: [...attempts],
    predictions: [],
    gain: null,
  }),
  rejected: (round: string, pull = 7): LedgerEvent => ({
    key: `rejected:${round}`,
    at: AT,
    event: "rejected",
    round,
    pull,
  }),
  refused: (round: string): LedgerEvent => ({
    key: `refused:${round}`,
    at: AT,
    event: "refused",
    round,
    reason: "wrong-base",
    commit: null,
  }),
  refreshed: (round: string, commit: string, dropped: readonly string[] = []): LedgerEvent => ({
    key: `refreshed:${round}:${commit}:${dropped.join()}`,
    at: AT,
    event: "refreshed",
    round,
    commit,
    base: BASE,
    ground: GROUND,
    dropped: [...dropped],
  }),
  skipped: (round: string, id: string, digit: string): LedgerEvent => ({
    key: `comment:skip-${id}`,
    at: AT,
    event: "skipped",
    round,
    by: "ana",
    variants: [{ id, hash: sha256(digit) }],
  }),
  paused: (): LedgerEvent => ({ key: "comment:pause", at: AT, event: "paused", by: "ana", reason: null }),
  rerun: (round: string, trials: readonly { id: string; attempt: number }[], comment = 1): LedgerEvent => ({
    key: `comment:${comment}`,
    at: AT,
    event: "rerun",
    round,
    by: "ana",
    trials: [...trials],
  }),
};

export const NO_LIMITS: Rules = {
  limits: { deviceHoursPerNight: null, deviceHoursInAll: null, roundsPerNight: null },
  hours: null,
  hoursApplyTo: "unattended",
  atEnd: "finish",
  timeZone: "UTC",
};

export function history(...events: readonly LedgerEvent[]): History {
  return foldLedger(events);
}

export function observed(events: readonly LedgerEvent[], change: Partial<Observed> = {}): Observed {
  return {
    mode: "train",
    now: "2026-01-05T21:00:00.000Z",
    history: foldLedger(events),
    // What is approved is on the default branch, unless a test says otherwise.
    merged: new Set(events.flatMap((event) => (event.event === "approved" ? [event.round] : []))),
    pulls: new Map(),
    heads: new Map(),
    base: BASE,
    ground: GROUND,
    dispatches: new Map(),
    rules: NO_LIMITS,
    retries: RETRIES,
    ...change,
  };
}

/** What the rounds of tests have in common. */
export const plan: RoundPlan = {
  round: "0001",
  topic: "round 0001",
  created: "2026-01-05T20:00:00.000Z",
  rules: "calibrated",
  trainer: { fork: "train-logging", steps: 2000, eval_freq: 200, log_freq: 50 },
  defaults: {},
  family: "act_fr3_ot",
  folder: "configs",
  noise: { equal_seed: 0.003, between_seeds: 0.02 },
  hoursPerTrial: null,
  known: new Set(),
  rejected: new Set(),
};
