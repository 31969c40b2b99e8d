import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { configOf } from "../../src/rounds/history.ts";
import { parseTrialId, trialIdentity } from "../../src/rounds/names.ts";
import { reconcile } from "../../src/rounds/reconcile.ts";
import { history, observed, say } from "./fixtures.ts";

type Ending = "finished" | "failed" | "interrupted" | "invalid";

interface Story {
  /** Per round, its variants: few hashes, so that reviewers' edits and new names make the same configuration again and again. */
  readonly rounds: readonly (readonly { readonly hash: string; readonly seeds: readonly number[] }[])[];
  readonly endings: readonly Ending[];
}

const variant = fc.record({
  hash: fc.constantFrom("1", "2", "3"),
  seeds: fc.uniqueArray(fc.constantFrom(42, 87), { minLength: 1 }),
});
const story: fc.Arbitrary<Story> = fc.record({
  rounds: fc.array(fc.array(variant, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
  endings: fc.array(fc.constantFrom<Ending>("finished", "finished", "failed", "interrupted", "invalid"), {
    minLength: 60,
    maxLength: 60,
  }),
});

/** All rounds are approved at once, under names and paths of their own. */
function approvals({ rounds }: Story): LedgerEvent[] {
  return rounds.flatMap((variants, at) => {
    const round = String(at + 1).padStart(4, "0");
    const approved = say.approved(
      round,
      variants.map(({ hash }) => hash),
      at + 7,
    );
    if (approved.event !== "approved") throw new Error("It is an approval.");
    const configs = Object.entries(approved.configs).map(([id, config], index) => [
      id,
      { ...config, path: `configs/${id}.json`, seeds: [...(variants[index]?.seeds ?? [42])] },
    ]);
    return [say.proposed(round, at + 7), { ...approved, configs: Object.fromEntries(configs) }];
  });
}

/** Claims and ends whatever is due until nothing is. */
function play(start: readonly LedgerEvent[], endings: readonly Ending[]): readonly LedgerEvent[] {
  let events = start;
  const left = [...endings];
  for (let turn = 0; turn < 60; turn++) {
    const due = reconcile(observed(events)).find(({ due: what }) => what === "claim");
    if (due?.due !== "claim") return events;
    const dispatch = `${due.round}-${String(turn).padStart(8, "0")}`;
    const claimed = say.dispatched(dispatch, due.trials);
    events = [
      ...events,
      claimed,
      ...due.trials.map(({ id, attempt }) => say.ended(left.pop() ?? "finished", id, attempt)),
    ];
  }
  throw new Error("It never ends.");
}

function finishedIdentities(events: readonly LedgerEvent[]): string[] {
  const { rounds } = history(...events);
  return [...rounds.values()].flatMap((round) =>
    round.attempts.flatMap(({ trial, outcome }) => {
      const hash = configOf(round, trial)?.hash ?? "";
      const seed = parseTrialId(trial)?.seed ?? 0;
      return outcome?.event === "finished" ? [trialIdentity({ hash, seed, steps: 2000 })] : [];
    }),
  );
}

describe("a training that was finished anywhere", () => {
  test.prop([story])("is never run again by itself, under whatever name or round", (given) => {
    const finished = finishedIdentities(play(approvals(given), given.endings));
    expect(new Set(finished).size).toBe(finished.length);
  });

  test.prop([story])("has been run once where nothing goes wrong", (given) => {
    const finished = finishedIdentities(play(approvals(given), []));
    const wanted = given.rounds.flatMap((variants) =>
      variants.flatMap(({ hash, seeds }) =>
        seeds.map((seed) => trialIdentity({ hash: hash.repeat(64), seed, steps: 2000 })),
      ),
    );
    expect(new Set(finished)).toEqual(new Set(wanted));
  });

  test.prop([story])("is run again when a person names it, once", (given) => {
    const done = play(approvals(given), []);
    const trial = [...history(...done).rounds.values()].flatMap(({ attempts }) => attempts)[0];
    if (!trial) return;
    const wish = say.rerun(trial.trial.slice(0, 4), [{ id: trial.trial, attempt: trial.attempt + 1 }]);
    const again = play([...done, wish], []);
    expect(finishedIdentities(again)).toHaveLength(finishedIdentities(done).length + 1);
  });
});
