import { messageOf } from "../errors.ts";
import type { House } from "../house.ts";
import { renderStatusComment, STATUS_MARKER } from "../report/status.ts";
import type { RoundHistory } from "../rounds/history.ts";
import { type Dispatches, isOver, roundStatusReport } from "./status.ts";
import type { World } from "./world.ts";

/** The status comments of the rounds of which something changed since `before`, or about which something is under way. */
export async function refreshStatusComments(
  house: House,
  before: World,
  { world: now, dispatches }: { world: World; dispatches: Dispatches },
): Promise<void> {
  for (const round of now.history.rounds.values()) {
    if (!isWorthALook(house, round, { before, now })) continue;
    await keepStatusComment(house, now, { round, only: isOver(house, now, round), dispatches });
  }
}

function isWorthALook(
  house: House,
  round: RoundHistory,
  { before, now }: { before: World; now: World },
): boolean {
  const moved = (file: string) => before.ledger.texts.get(file) !== now.ledger.texts.get(file);
  return (
    moved(`rounds/${round.round}.jsonl`) ||
    round.attempts.some(({ outcome }) => outcome === null) ||
    (moved("loop.jsonl") && !isOver(house, now, round))
  );
}

/** It only decorates: what it says stands in the ledger, and the next wake-up tries again. */
export async function keepStatusComment(
  house: House,
  world: World,
  { round, ...shown }: { round: RoundHistory; only: boolean; dispatches?: Dispatches },
): Promise<void> {
  if (round.pull === null) return;
  try {
    const status = await roundStatusReport(house, world, { round, ...shown });
    const body = renderStatusComment(status, house.voice);
    await house.forge.conversation.keep({ pull: round.pull, marker: STATUS_MARKER, body });
  } catch (thrown) {
    house.progress.say(`round ${round.round}: its status comment is not up to date: ${messageOf(thrown)}`);
  }
}
