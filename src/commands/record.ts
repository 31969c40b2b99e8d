import type { House } from "../house.ts";
import type { LedgerEvent, Unstamped } from "../rounds/events.ts";
import { foldLedger } from "../rounds/history.ts";
import type { Outcome } from "../rounds/outcome.ts";
import type { World } from "./world.ts";

export interface Recorded {
  /** The world afterwards: it knows the events, whoever wrote them first. */
  readonly world: World;
  /** This call wrote at least one of them; what follows from them (a reply, a dispatch) is ours to do. */
  readonly first: boolean;
  /** Keys of the events that this call wrote. */
  readonly added: ReadonlySet<string>;
}

export async function record(
  house: House,
  world: World,
  addition: { events: readonly Unstamped<LedgerEvent>[]; outcomes?: readonly Outcome[] },
): Promise<Recorded> {
  const at = house.now().toISOString();
  const { snapshot, added } = await house.ledger.append({
    events: addition.events.map((event): LedgerEvent => ({ ...event, at })),
    ...(addition.outcomes ? { outcomes: addition.outcomes } : {}),
    onto: world.ledger,
  });
  return {
    world: { ...world, ledger: snapshot, history: foldLedger(snapshot.events) },
    first: added.length > 0,
    added: new Set(added.map(({ key }) => key)),
  };
}
