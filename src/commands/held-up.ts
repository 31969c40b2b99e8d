import type { House } from "../house.ts";
import type { Refusal } from "../rounds/budget.ts";
import type { History } from "../rounds/history.ts";
import { followUpHeldUp } from "../rounds/reconcile.ts";
import { startable } from "../rounds/starting.ts";
import { launchRules } from "./launch-rules.ts";

export interface HeldUp {
  /** Why approved trials wait, a word a round. */
  readonly trials: readonly Refusal[];
  /** Why the next round of what a merge approved beforehand waits; null: it does not, or there is none. */
  readonly next: Refusal | null;
}

export function heldUp(
  { settings, retries, now }: Pick<House, "settings" | "retries" | "now">,
  history: History,
): HeldUp {
  const given = { history, retries, rules: launchRules(settings), now: now() };
  return {
    trials: [...history.rounds.values()].flatMap((round) => startable(round, given).heldUp ?? []),
    next: followUpHeldUp(given),
  };
}
