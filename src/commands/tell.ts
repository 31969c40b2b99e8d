import { messageOf } from "../errors.ts";
import type { House } from "../house.ts";
import { sayNotice } from "../report/notices.ts";
import { plainLine } from "../report/plain.ts";
import { dueNotices, type Notice, noticeKey } from "../rounds/notices.ts";
import { record } from "./record.ts";
import type { World } from "./world.ts";

/**
 * Tells people what they were not told yet: reviewers by the forge, the chat by its webhook. The ledger is told first, so that
 * nobody hears of anything twice; that a message did not arrive is worth a line and no more.
 */
export async function tellPeople(house: House, world: World): Promise<World> {
  const { notify } = house.settings;
  const notices = dueNotices({ history: world.history, retries: house.retries, now: house.now() });
  const reviews = notify.reviewers.length === 0 ? [] : reviewsWanted(world);
  const told = house.messenger ? notices : [];
  if (notify.webhook && !house.messenger && notices.length > 0) {
    const { url_env } = notify.webhook;
    house.progress.say(
      `note: nobody was told: neither the input webhook-url nor ${url_env} holds an address`,
    );
  }
  if (told.length + reviews.length === 0) return world;
  const recorded = await record(house, world, {
    events: [...told, ...reviews].map((notice) => ({
      key: noticeKey(notice),
      event: "notified" as const,
      what: notice.what,
    })),
  });
  const ours = (notice: { what: string }) => recorded.added.has(noticeKey(notice));
  for (const notice of told.filter(ours)) {
    await attempted(house, async () => house.messenger?.send(await noticeText(house, notice)));
  }
  for (const { pull } of reviews.filter(ours)) {
    await attempted(house, () => house.forge.display.requestReviewers(pull, reviewersOf(notify.reviewers)));
  }
  return recorded.world;
}

/** Rounds that are open and whose reviewers were not asked yet. */
function reviewsWanted({ history }: World): readonly { what: string; pull: number }[] {
  return [...history.rounds.values()].flatMap(({ round, state, pull }) => {
    const what = `reviewers:${round}`;
    const asked = history.keys.has(noticeKey({ what }));
    return state === "proposed" && pull !== null && !asked ? [{ what, pull }] : [];
  });
}

function reviewersOf(names: readonly string[]): { people: readonly string[]; teams: readonly string[] } {
  return {
    people: names.filter((name) => !name.includes("/")),
    teams: names.flatMap((name) => name.split("/")[1] ?? []),
  };
}

async function noticeText({ voice, forge }: House, notice: Notice): Promise<string> {
  const { repository } = forge.reader;
  const pull = "pull" in notice ? notice.pull : null;
  const url = pull === null ? "" : (await forge.pulls.get(pull)).url;
  return sayNotice(notice, { voice, repository, url });
}

/** What only decorates or informs: nothing stops when it fails. */
export async function attempted(house: House, action: () => Promise<void> | undefined): Promise<void> {
  try {
    await action();
  } catch (thrown) {
    house.progress.say(`note: ${plainLine(messageOf(thrown), 500)}`);
  }
}
