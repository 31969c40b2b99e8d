import type { Pull, Tree } from "../forge/forge.ts";
import type { House } from "../house.ts";
import { type Approval, bindConfigs, judgeApproval, type MergedConfigs } from "../rounds/approval.ts";
import { refusalOfFollowUp, UNATTENDED } from "../rounds/campaign.ts";
import { narrower } from "../rounds/follow-up.ts";
import type { RoundHistory } from "../rounds/history.ts";
import { sha256 } from "../rounds/names.ts";
import { verifyFollowUp } from "./follow-up-evidence.ts";
import { record } from "./record.ts";
import { replyBefore } from "./replying.ts";
import { manifestIn, variantFiles } from "./round-branch.ts";
import { lookAround, roundBranch, type World } from "./world.ts";

/** Finds out who let a round in, and binds the approval to the bytes that were merged. Launches nothing by itself. */
export async function approveRound(house: House, world: World, round: string): Promise<World> {
  const known = world.history.rounds.get(round);
  return known?.follows ? approveFollowUp(house, world, known) : approveMerge(house, world, round);
}

/** Of a round that an earlier merge approved beforehand, where its files are what we wrote down and inside of the bounds. */
async function approveFollowUp(house: House, world: World, history: RoundHistory): Promise<World> {
  const { round } = history;
  if (world.history.paused) return world;
  const { commit } = world.tree;
  const verdict = await verifyFollowUp(house, world.history, { round, commit });
  if (verdict.kind === "refused") return refuseFollowUp(house, world, { history, reason: verdict.reason });
  const over = refusalOfFollowUp(history, { history: world.history, now: house.now() });
  if (over !== null) return refuseFollowUp(house, world, { history, reason: over });
  const { manifest, digest, bound } = verdict;
  const recorded = await record(house, world, {
    events: [
      {
        key: `approved:${round}`,
        event: "approved",
        round,
        merge: commit,
        by: UNATTENDED,
        pull: null,
        manifest: digest,
        trainer: manifest.trainer,
        configs: bound.configs,
        edited: [],
        follow_up: null,
      },
    ],
  });
  house.progress.say(
    `round ${round}: approved beforehand in round ${history.follows}, ${manifest.variants.length} variants`,
  );
  return recorded.world;
}

async function approveMerge(house: House, before: World, round: string): Promise<World> {
  // The merge may be younger than the last look: what is not there now is not there.
  const world = before.merged.has(round) ? before : await lookAround(house);
  const pull = await roundPull(house, round);
  const { approval, tree } = await judgeMerge(house, world, { round, pull });
  if (approval.kind === "undecided") return world;
  if (approval.kind === "refused") return refuse(house, world, { round, reason: approval.reason, pull });
  const bound = bindConfigs({
    manifest: approval.manifest,
    files: await variantFiles(house, tree, approval.manifest),
  });
  if (Object.keys(bound.configs).length === 0)
    return refuse(house, world, { round, reason: "nothing-left", pull });
  return letIn(house, world, { round, approval, bound });
}

/** What the merge is worth, and the files that it brought. */
async function judgeMerge(
  house: House,
  world: World,
  { round, pull }: { round: string; pull: Pull | null },
): Promise<{ approval: Approval; tree: Tree | null }> {
  const { reader, people } = house.forge;
  const merge = pull?.mergeCommit ?? null;
  const [permission, onDefaultBranch, tree] = await Promise.all([
    pull?.mergedBy ? people.permission(pull.mergedBy) : ("none" as const),
    merge ? reader.isMerged(merge) : false,
    merge ? reader.tree({ commit: merge }) : null,
  ]);
  const approval = judgeApproval({
    round,
    defaultBranch: world.branch,
    pull: pull ? { ...pull, fromThisRepository: pull.head.sameRepository } : null,
    permission,
    onDefaultBranch,
    reverted: !world.merged.has(round),
    manifest: (await manifestIn(house, tree, round)).bytes,
  });
  return { approval, tree };
}

type Approved = Extract<Approval, { kind: "approved" }>;

async function letIn(
  house: House,
  world: World,
  { round, approval, bound }: { round: string; approval: Approved; bound: MergedConfigs },
): Promise<World> {
  const key = `approved:${round}`;
  await tellDropped(house, key, { pull: approval.pull, bound });
  const shown = world.history.rounds.get(round)?.proposed?.follow_up ?? null;
  const recorded = await record(house, world, {
    events: [
      {
        key,
        event: "approved",
        round,
        merge: approval.merge,
        by: approval.by,
        pull: approval.pull,
        manifest: sha256(approval.bytes),
        trainer: approval.manifest.trainer,
        configs: bound.configs,
        edited: [...bound.edited],
        follow_up: narrower(approval.manifest.follow_up, shown),
      },
    ],
  });
  house.progress.say(
    `round ${round}: approved by ${approval.by}, ${Object.keys(bound.configs).length} variants`,
  );
  return recorded.world;
}

/** The newest pull request from the round's branch, with what only its own page says (who merged it). */
async function roundPull(house: House, round: string): Promise<Pull | null> {
  const [newest] = await house.forge.pulls.fromBranch(roundBranch(round));
  return newest ? house.forge.pulls.get(newest.number) : null;
}

async function refuse(
  house: House,
  world: World,
  { round, reason, pull }: { round: string; reason: string; pull: Pull | null },
): Promise<World> {
  const key = `refused:${round}`;
  if (pull) await replyBefore(house, key, { pull: pull.number, reply: { kind: "not-launched", reason } });
  return recordRefusal(house, world, { key, round, reason });
}

/** It has no pull request: whoever approved it beforehand hears of it on that one. */
async function refuseFollowUp(
  house: House,
  world: World,
  { history: { round, follows }, reason }: { history: RoundHistory; reason: string },
): Promise<World> {
  const key = `refused:${round}`;
  const pull = follows === null ? null : (world.history.rounds.get(follows)?.pull ?? null);
  const reply = { kind: "follow-up-refused" as const, round, reason };
  if (pull !== null) await replyBefore(house, key, { pull, reply });
  return recordRefusal(house, world, { key, round, reason });
}

async function recordRefusal(
  house: House,
  world: World,
  { key, round, reason }: { key: string; round: string; reason: string },
): Promise<World> {
  const recorded = await record(house, world, {
    events: [{ key, event: "refused", round, reason, commit: world.tree.commit }],
  });
  house.progress.say(`round ${round}: not launched (${reason})`);
  return recorded.world;
}

async function tellDropped(
  house: House,
  about: string,
  { pull, bound: { dropped } }: { pull: number; bound: MergedConfigs },
): Promise<void> {
  const variants = dropped.filter(({ because }) => because !== "removed");
  if (variants.length > 0) await replyBefore(house, about, { pull, reply: { kind: "dropped", variants } });
}
