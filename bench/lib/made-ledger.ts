import type { LedgerEvent } from "../../src/rounds/events.ts";
import { trialId, variantId } from "../../src/rounds/names.ts";

const VARIANTS = 8;
const AT = "2026-01-05T20:00:00.000Z";
/** Proposed, approved, dispatched and reported. */
const AROUND_TRIALS = 4;

/** Files of a ledger with so many events in each round; all rounds are over but the last, which was approved just now. */
export function madeLedger({ rounds, perRound }: { rounds: number; perRound: number }): {
  readonly files: ReadonlyMap<string, string>;
  readonly events: number;
} {
  const seeds = (perRound - AROUND_TRIALS) / VARIANTS;
  if (!Number.isInteger(seeds))
    throw new Error(`${perRound} events do not share out among ${VARIANTS} variants`);
  const all = Array.from({ length: rounds }, (_, at) => roundEvents(at + 1, seeds));
  const fresh = roundEvents(rounds + 1, seeds).slice(0, 2);
  // Written as lines, not through the ledger: what is measured must not be warm.
  const files = new Map(
    [...all, fresh].map((events, at) => [
      `rounds/${roundId(at + 1)}.jsonl`,
      events.map((event) => `${JSON.stringify(event)}\n`).join(""),
    ]),
  );
  return { files, events: all.flat().length + fresh.length };
}

function roundId(number: number): string {
  return String(number).padStart(4, "0");
}

function roundEvents(number: number, seedCount: number): readonly LedgerEvent[] {
  const round = roundId(number);
  const seeds = Array.from({ length: seedCount }, (_, at) => at + 1);
  const variants = Array.from({ length: VARIANTS }, (_, at) => variantId(round, at));
  const trials = variants.flatMap((variant) => seeds.map((seed) => trialId(variant, seed)));
  const hash = (of: string) => Buffer.from(of.padStart(32, "0")).toString("hex");
  const dispatch = `${round}-00000001`;
  const about = { at: AT, round };
  return [
    {
      ...about,
      key: `proposed:${round}`,
      event: "proposed",
      pull: number,
      manifest: hash(round),
      variants: variants.map((id) => ({ id, hash: hash(id) })),
      follow_up: null,
      follows: null,
      commit: null,
      base: null,
      ground: null,
    },
    {
      ...about,
      key: `approved:${round}`,
      event: "approved",
      merge: "c".repeat(40),
      by: "ana",
      pull: number,
      manifest: hash(round),
      trainer: { fork: "train-logging", steps: 2000, eval_freq: 200, log_freq: 50 },
      configs: Object.fromEntries(
        variants.map((id, priority) => [
          id,
          {
            path: `configs/${id}.json`,
            blob: "b".repeat(40),
            sha256: hash(id),
            hash: hash(id),
            seeds,
            priority,
          },
        ]),
      ),
      edited: [],
      follow_up: null,
    },
    {
      ...about,
      key: `dispatched:${dispatch}`,
      event: "dispatched",
      dispatch,
      trials: trials.map((id) => ({ id, attempt: 1, run_id: `a${id}` })),
    },
    ...trials.map(
      (trial): LedgerEvent => ({
        ...about,
        key: `finished:${trial}:1`,
        event: "finished",
        trial,
        attempt: 1,
        run_id: `a${trial}`,
        reason: null,
        exit: 0,
        signal: null,
        steps: 2000,
        device_seconds: 600,
        device: "cpu",
        eval_l1: 0.2,
      }),
    ),
    {
      ...about,
      key: `reported:${round}`,
      event: "reported",
      commit: "e".repeat(40),
      attempts: trials.map((trial) => `${trial}:1`),
      predictions: [],
      gain: null,
    },
  ];
}
