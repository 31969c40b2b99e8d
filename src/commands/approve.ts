import type { Pull } from "../forge/forge.ts";
import type { House } from "../house.ts";
import { bindConfigs, judgeApproval, type MergedConfigs } from "../rounds/approval.ts";
import { sha256 } from "../rounds/names.ts";
import { record } from "./record.ts";
import { replyOn } from "./replying.ts";
import { readFile, variantFiles } from "./round-branch.ts";
import { lookAround, manifestPath, roundBranch, type World } from "./world.ts";

/** Finds out who let a round in, and binds the approval to the bytes that were merged. Launches nothing by itself. */
export async function approveRound(house: House, before: World, round: string): Promise<World> {
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
        follow_up: approval.manifest.follow_up,
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
