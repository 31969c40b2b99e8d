import type { Pull } from "../forge/forge.ts";
import type { House } from "../house.ts";
import type { Analysis } from "../judgement/analysis.ts";
import type { RoundProposal } from "../report/models.ts";
import { roundMessage } from "../report/plain.ts";
import { bodyHash, renderPullRequest } from "../report/pull-request.ts";
import { type Draft, manifestText } from "../rounds/draft.ts";
import { sha256 } from "../rounds/names.ts";
import { trackRecord } from "../rounds/track-record.ts";
import { budgetView } from "./budget-view.ts";
import { groundOf, prospectsOf } from "./ground.ts";
import { draftAsLeft } from "./leftover.ts";
import { planRound, type Stock, type Unplanned } from "./planning.ts";
import { proposalOf } from "./proposal-model.ts";
import { record } from "./record.ts";
import { notWritten } from "./round-branch.ts";
import { takeStock } from "./stock.ts";
import { manifestPath, roundBranch, type World } from "./world.ts";

export type ProposeResult =
  | { readonly kind: "opened"; readonly round: string; readonly pull: Pull }
  | { readonly kind: "already-open"; readonly round: string }
  | { readonly kind: Unplanned };

/** Drafts the next round and opens its pull request. One round is open at a time. */
export async function proposeRound(
  house: House,
  world: World,
  { max }: { max?: number | undefined },
): Promise<ProposeResult> {
  return openRound(world) ?? proposeFrom(house, world, { stock: await takeStock(house, world), max });
}

export type Prospect =
  | { readonly kind: "draft"; readonly draft: Draft; readonly proposal: RoundProposal }
  | Exclude<ProposeResult, { kind: "opened" }>;

/** What the next round would be. Writes nothing. */
export async function draftFromLedger(
  house: House,
  world: World,
  { max }: { max?: number | undefined },
): Promise<Prospect> {
  const open = openRound(world);
  if (open) return open;
  const stock = await takeStock(house, world);
  const planned = planRound(house, stock, max);
  if (planned.kind !== "draft") return { kind: planned.kind };
  const { draft } = planned;
  return { kind: "draft", draft, proposal: proposed(house, world, { draft, analysis: stock.analysis }) };
}

function openRound({ history }: World): Extract<ProposeResult, { kind: "already-open" }> | null {
  const open = [...history.rounds.values()].find(({ state }) => state === "proposed");
  return open ? { kind: "already-open", round: open.round } : null;
}

async function proposeFrom(
  house: House,
  world: World,
  { stock, max }: { stock: Stock; max?: number | undefined },
): Promise<ProposeResult> {
  const planned = planRound(house, stock, max);
  if (planned.kind !== "draft") {
    house.progress.say(`nothing proposed: ${planned.kind}`);
    return { kind: planned.kind };
  }
  const { draft, commit } = await commitDraft(house, world, planned.draft);
  const { round } = draft.manifest;
  const pull = await openPull(house, world, { draft, analysis: stock.analysis });
  await record(house, world, {
    events: [
      {
        key: `proposed:${round}`,
        event: "proposed",
        round,
        pull: pull.number,
        manifest: sha256(manifestText(draft.manifest)),
        variants: draft.manifest.variants.map(({ id, hash }) => ({ id, hash })),
        follow_up: draft.manifest.follow_up,
        follows: null,
        commit,
        base: world.tree.commit,
        ground: groundOf(house, world),
      },
    ],
  });
  house.progress.say(`round ${round}: proposed as ${pull.url}, ${draft.manifest.variants.length} variants`);
  return { kind: "opened", round, pull };
}

/** What is found out once and holds until anything moves that counts. */
const IN_VAIN = ["nothing-to-gain", "no-results"] as const;

/**
 * The same, where it was not found out before that nothing is to be gained from what there is. From what could not be read just now
 * nothing is found out.
 */
export async function proposeIfNew(house: House, world: World): Promise<ProposeResult> {
  const prospects = prospectsOf(house, world).slice(0, 24);
  const known = IN_VAIN.find((kind) => world.history.keys.has(`${kind}:${prospects}`));
  if (known) return { kind: known };
  const open = openRound(world);
  if (open) return open;
  const stock = await takeStock(house, world);
  const proposal = await proposeFrom(house, world, { stock });
  const unread = stock.analysis.warnings.some((warning) => warning.key === "warning.wandb-unread");
  const inVain = IN_VAIN.find((kind) => kind === proposal.kind);
  if (inVain && !unread) {
    await record(house, world, { events: [{ key: `${inVain}:${prospects}`, event: "nothing-to-gain" }] });
  }
  return proposal;
}

/**
 * Commits variants and manifest on the round's branch. One that an interrupted attempt left behind gets a further commit, unless it
 * is as it should be already.
 */
async function commitDraft(
  house: House,
  world: World,
  draft: Draft,
): Promise<{ readonly draft: Draft; readonly commit: string }> {
  const { round } = draft.manifest;
  const branch = roundBranch(round);
  const left = await house.forge.reader.tree({ branch });
  const before = left && (await draftAsLeft(house, world, { left, draft }));
  if (left && before) return { draft: before, commit: left.commit };
  const manifest = manifestText(draft.manifest);
  const committed = await house.forge.writer.commit({
    branch,
    parent: left?.commit ?? world.tree.commit,
    create: !left,
    // What an interrupted attempt left behind gets a further commit with the files of the default branch as it is now.
    ...(left ? { merging: world.tree.commit } : {}),
    files: new Map([...draft.files, [manifestPath(house, round), manifest]]),
    message: roundMessage("propose", { round, manifest: sha256(manifest) }),
  });
  if (committed.kind !== "moved") throw notWritten(branch, committed);
  return { draft, commit: committed.commit };
}

/** An open pull request is found again. */
async function openPull(
  house: House,
  world: World,
  { draft, analysis }: { draft: Draft; analysis: Analysis },
): Promise<Pull> {
  const branch = roundBranch(draft.manifest.round);
  const { title, body } = renderPullRequest(proposed(house, world, { draft, analysis }), house.voice);
  const pull = await house.forge.pulls.open({ branch, base: world.branch, title, body });
  if (bodyHash(pull.body) !== bodyHash(body)) await house.forge.pulls.update(pull.number, { title, body });
  return pull;
}

function proposed(
  house: House,
  { history }: World,
  { draft, analysis }: { draft: Draft; analysis: Analysis },
): RoundProposal {
  return proposalOf(draft, {
    analysis,
    record: trackRecord(history),
    budget: budgetView(house, history),
    mode: house.settings.mode,
  });
}
