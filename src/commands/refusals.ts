import { outcomeName } from "../forge/ledger-store.ts";
import type { House } from "../house.ts";
import { latestAttempts } from "../rounds/history.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { REFUSED } from "../rounds/trials.ts";
import type { World } from "./world.ts";

/** Why the box could train nothing when it was last asked to, by round; rounds that went on since are not among them. */
export async function refusalsByRound(
  house: Pick<House, "ledger">,
  { history, ledger }: Pick<World, "history" | "ledger">,
): Promise<ReadonlyMap<string, string>> {
  const refused = [...history.rounds.values()].flatMap((round) =>
    [...latestAttempts(round).values()]
      .filter(({ outcome }) => outcome?.event === "interrupted" && outcome.reason === REFUSED)
      .map((attempt) => ({ round: round.round, name: outcomeName(attempt) })),
  );
  const outcomes = await house.ledger.readOutcomes(
    ledger,
    refused.map(({ name }) => name),
  );
  return new Map(
    refused.flatMap(({ round, name }) => {
      const why = refusalIn(outcomes.get(name));
      return why === null ? [] : [[round, why] as const];
    }),
  );
}

/** What its preflight said, with what to do about it. */
export function refusalIn(outcome: Outcome | undefined): string | null {
  const why = outcome?.evidence["why"];
  return typeof why === "string" ? why : null;
}
