import { AutoloopError } from "../errors.ts";
import type { House } from "../house.ts";
import { commitSubject } from "../report/plain.ts";
import { type Campaign, campaignEnd, campaignOf } from "../rounds/campaign.ts";
import { type Draft, manifestText } from "../rounds/draft.ts";
import { isInside } from "../rounds/follow-up.ts";
import { sha256 } from "../rounds/names.ts";
import { approvedConfigs } from "./follow-up-evidence.ts";
import { planRound, type Within } from "./planning.ts";
import { record } from "./record.ts";
import { takeStock } from "./stock.ts";
import { lookAround, manifestPath, type World } from "./world.ts";

/**
 * The next round of a campaign, without a pull request: written into the ledger first, then committed to the default branch.
 * It is not approved here but at the next look, by what the ledger says of it. One that was only half proposed is drafted again.
 */
export async function followUp(house: House, world: World, approving: string): Promise<World> {
  const campaign = campaignOf(world.history, approving);
  const half = campaign?.rounds.find(({ state, round }) => state === "proposed" && !world.merged.has(round));
  const over = campaign ? campaignEnd(campaign, { history: world.history, now: house.now() }) : "no-campaign";
  if (!campaign || over !== null) return half ? drop(house, world, half.round) : world;
  const within = await boundsOf(house, campaign);
  const stock = within && (await takeStock(house, world, { within, round: half?.round }));
  const planned = stock && planRound(house, stock);
  if (planned?.kind !== "draft") {
    const ended = await endCampaign(house, world, {
      approving,
      reason: within ? "nothing-to-gain" : "approval-gone",
    });
    return half ? drop(house, ended, half.round) : ended;
  }
  const { draft } = planned;
  return commitFollowUp(house, await writeDown(house, world, { draft, approving }), { draft, campaign });
}

async function boundsOf(house: House, campaign: Campaign): Promise<Within | null> {
  const approved = await approvedConfigs(house, campaign);
  return approved && { trainer: approved.trainer, allows: (config) => isInside(config, approved) };
}

/** Before the commit: what is on the default branch without a line of ours in the ledger was put there by somebody else. */
async function writeDown(
  house: House,
  world: World,
  { draft, approving }: { draft: Draft; approving: string },
): Promise<World> {
  const { round, variants } = draft.manifest;
  const manifest = sha256(manifestText(draft.manifest));
  const recorded = await record(house, world, {
    events: [
      {
        // A second draft of the same round replaces the first one.
        key: `proposed:${round}:${manifest.slice(0, 12)}`,
        event: "proposed",
        round,
        pull: null,
        manifest,
        variants: variants.map(({ id, hash }) => ({ id, hash })),
        follow_up: null,
        follows: approving,
        commit: null,
        base: null,
        ground: null,
      },
    ],
  });
  return recorded.world;
}

const TRIES = 5;

async function commitFollowUp(
  house: House,
  world: World,
  { draft, campaign }: { draft: Draft; campaign: Campaign },
): Promise<World> {
  const { round, variants } = draft.manifest;
  let now = world;
  for (let tries = 0; tries < TRIES; tries++) {
    const result = await house.forge.writer.commit({
      branch: now.branch,
      parent: now.tree.commit,
      files: new Map([...draft.files, [manifestPath(house, round), manifestText(draft.manifest)]]),
      message: messageOf(round, campaign),
    });
    // Where only pull requests get in, every round has to be merged.
    if (result.kind === "refused") {
      house.progress.say(`${now.branch} takes no commits: ${result.reason}`);
      const given = { approving: campaign.round, reason: "branch-protected" };
      return drop(house, await endCampaign(house, now, given), round);
    }
    now = await lookAround(house);
    if (result.kind === "lost-the-race") continue;
    house.progress.say(`round ${round}: follows round ${campaign.round}, ${variants.length} variants`);
    return now;
  }
  throw new AutoloopError("forge.contended", {
    what: `${now.branch} was moved by others ${TRIES} times while round ${round} was being committed.`,
    next: "Run again; the round is committed once.",
  });
}

function messageOf(
  round: string,
  { round: approving, approved, followUp: limits, rounds }: Campaign,
): string {
  const place = rounds.filter((other) => other.round < round).length + 1;
  return [
    commitSubject("follow-up", `round ${round}`),
    `Follow-up ${place} of ${limits.rounds} that the merge of round ${approving} approved beforehand, inside its bounds.`,
    `Follows: ${approving}\nPre-approved-in: ${approved.merge}\nApproved-by: budget`,
  ].join("\n\n");
}

async function endCampaign(
  house: House,
  world: World,
  { approving, reason }: { approving: string; reason: string },
): Promise<World> {
  const recorded = await record(house, world, {
    events: [{ key: `campaign-ended:${approving}`, event: "campaign-ended", round: approving, reason }],
  });
  house.progress.say(`round ${approving}: no more rounds follow (${reason})`);
  return recorded.world;
}

/** Written down, never committed, and never to be: nothing allows it any more, or nobody lets us. */
async function drop(house: House, world: World, round: string): Promise<World> {
  const recorded = await record(house, world, {
    events: [{ key: `refused:${round}`, event: "refused", round, reason: "campaign-over", commit: null }],
  });
  return recorded.world;
}
