import type { Pull } from "../forge/forge.ts";
import type { House } from "../house.ts";
import { bindConfigs, judgeApproval, type MergedConfigs } from "../rounds/approval.ts";
import { refusalOfFollowUp, UNATTENDED } from "../rounds/campaign.ts";
import { narrower } from "../rounds/follow-up.ts";
import type { RoundHistory } from "../rounds/history.ts";
import { sha256 } from "../rounds/names.ts";
import { verifyFollowUp } from "./follow-up-evidence.ts";
import { record } from "./record.ts";
import { replyOn } from "./replying.ts";
import { readFile, variantFiles } from "./round-branch.ts";
import { lookAround, manifestPath, roundBranch, type World } from "./world.ts";

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
  if (verdict.kind === "refused") return refuse(house, world, { round, reason: verdict.reason, pull: null });
  const over = refusalOfFollowUp(history, { history: world.history, now: house.now() });
  if (over !== null) return refuse(house, world, { round, reason: over, pull: null });
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
  const { reader, people } = house.forge;
  const pull = await roundPull(house, round);
  const merge = pull?.mergeCommit ?? null;
  const [permission, onDefaultBranch, tree] = await Promise.all([
    pull?.mergedBy ? people.permission(pull.mergedBy) : ("none" as const),
    merge ? reader.isMerged(merge) : false,
    merge ? reader.tree({ commit: merge }) : null,
  ]);
  const manifest = tree ? await readFile(house, tree, manifestPath(house, round)) : null;
  const approval = judgeApproval({
    round,
    defaultBranch: world.branch,
    pull: pull ? { ...pull, fromThisRepository: pull.head.sameRepository } : null,
    permission,
    onDefaultBranch,
    reverted: !world.merged.has(round),
    manifest,
  });
  if (approval.kind === "undecided") return world;
  if (approval.kind === "refused") return refuse(house, world, { round, reason: approval.reason, pull });
  const bound = bindConfigs({
    manifest: approval.manifest,
    files: await variantFiles(house, tree, approval.manifest),
  });
  if (Object.keys(bound.configs).length === 0)
    return refuse(house, world, { round, reason: "nothing-left", pull });
  const shown = world.history.rounds.get(round)?.proposed?.follow_up ?? null;
  const recorded = await record(house, world, {
    events: [
      {
        key: `approved:${round}`,
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
  if (recorded.first) await tellDropped(house, approval.pull, bound);
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
  refusal: { round: string; reason: string; pull: Pull | null },
): Promise<World> {
  const { round, reason, pull } = refusal;
  const recorded = await record(house, world, {
    events: [{ key: `refused:${round}`, event: "refused", round, reason, commit: world.tree.commit }],
  });
  if (recorded.first && pull) await replyOn(house, pull.number, { kind: "not-launched", reason });
  house.progress.say(`round ${round}: not launched (${reason})`);
  return recorded.world;
}

async function tellDropped(house: House, pull: number, { dropped }: MergedConfigs): Promise<void> {
  const unexpected = dropped.filter(({ because }) => because !== "removed");
  if (unexpected.length > 0) await replyOn(house, pull, { kind: "dropped", variants: unexpected });
}
