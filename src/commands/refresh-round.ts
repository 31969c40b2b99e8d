import type { FileChanges, Pull, Tree } from "../forge/forge.ts";
import { isCode, isInside } from "../forge/writable.ts";
import type { House } from "../house.ts";
import { isOfRound, roundMessage } from "../report/plain.ts";
import type { Reply } from "../report/replies.ts";
import { manifestText } from "../rounds/draft.ts";
import type { RoundHistory } from "../rounds/history.ts";
import type { Manifest } from "../rounds/manifest.ts";
import { sha256 } from "../rounds/names.ts";
import { skippedVariants } from "../rounds/reconcile.ts";
import { type Blobs, type BranchContent, type Laid, layBranch, readBranch } from "../rounds/round-branch.ts";
import { groundOf } from "./ground.ts";
import { record } from "./record.ts";
import { replyBefore } from "./replying.ts";
import { manifestIn, notWritten, variantFiles } from "./round-branch.ts";
import { showRound } from "./show-round.ts";
import { manifestPath, type World } from "./world.ts";

interface Looked {
  readonly history: RoundHistory;
  readonly pull: Pull;
  readonly tree: Tree;
  readonly content: BranchContent;
  /** The newest commit of the default branch that the round's branch holds: what it has otherwise, somebody put there. */
  readonly base: string | null;
}

/**
 * Looks after the branch of an open round: people's commits are kept, noted and checked, skipped variants leave it, and where the
 * default branch moved under it the round is laid anew on top. Only by further commits; then the description says what it holds.
 */
export async function refreshRound(
  house: House,
  world: World,
  { round, pull: number }: { round: string; pull: number },
): Promise<World> {
  const history = world.history.rounds.get(round);
  const pull = await house.forge.pulls.get(number);
  const tree = await house.forge.reader.tree({ commit: pull.head.sha });
  if (!history?.proposed || !tree || pull.state !== "open" || !pull.head.sameRepository) return world;
  const content = await readContent(house, { round, history, tree });
  const base = await heldBase(house, world, { history, tree });
  const looked = { history, pull, tree, content, base };
  const noted = await notePush(house, world, looked);
  if (content.kind === "unreadable") {
    return settle(house, noted, { round, commit: tree.commit, holds: base, dropped: [] });
  }
  return layAgain(house, noted, { ...looked, content });
}

async function readContent(
  house: House,
  { round, history, tree }: { round: string; history: RoundHistory; tree: Tree },
): Promise<BranchContent> {
  const { bytes, manifest } = await manifestIn(house, tree, round);
  const files = await variantFiles(house, tree, manifest);
  return readBranch({ round, proposed: history.proposed?.variants ?? [], manifest: bytes, files });
}

/** Whoever pushed is named once per head; what is wrong with the push is said once, with the exact reason. */
async function notePush(
  house: House,
  world: World,
  { history, pull, tree, content }: Looked,
): Promise<World> {
  const { round, proposed, refreshed } = history;
  if ([proposed, ...refreshed].some((known) => known?.commit === tree.commit)) return world;
  const head = await house.forge.reader.commit(tree.commit);
  if (head && isOfRound(head.message, round) && (await isOurs(house, history, head.author))) return world;
  const readable = content.kind === "readable";
  const key = `edited:${round}:${tree.commit}`;
  const wrong = wrongWith(content);
  if (wrong) await replyBefore(house, key, { pull: pull.number, reply: wrong });
  const dropped = new Set(refreshed.flatMap((known) => known.dropped));
  const recorded = await record(house, world, {
    events: [
      {
        key,
        event: "edited",
        round,
        by: head?.author ?? null,
        commit: tree.commit,
        variants: readable ? [...content.edited] : [],
        hashes: readable ? editedHashes(content) : {},
        removed: readable ? content.removed.filter((id) => !dropped.has(id)) : [],
      },
    ],
  });
  house.progress.say(`round ${round}: ${head?.author ?? "somebody"} pushed to its branch`);
  return recorded.world;
}

function editedHashes({ edited, bound }: Readable["content"]): Record<string, string> {
  return Object.fromEntries(edited.map((id) => [id, bound.configs[id]?.hash ?? ""]));
}

function wrongWith(content: BranchContent): Reply | null {
  if (content.kind === "unreadable") return { kind: "cannot-launch", reason: content.reason };
  return content.broken.length > 0 ? { kind: "dropped", variants: content.broken } : null;
}

/** A job that died may have left a commit of ours; anybody can write our trailers, not everybody is who proposed the round. */
async function isOurs(house: House, { proposed }: RoundHistory, author: string | null): Promise<boolean> {
  const first = proposed?.commit ? await house.forge.reader.commit(proposed.commit) : null;
  return first !== null && first.author === author;
}

type Readable = Looked & { readonly content: Extract<BranchContent, { kind: "readable" }> };

async function layAgain(house: House, world: World, looked: Readable): Promise<World> {
  const { history, pull, tree, content, base } = looked;
  const { round } = history;
  const skipped = skippedVariants(history, world.history);
  const laid = await lay(house, world, { ...looked, skipped });
  if (laid.manifest === null) {
    if (skipped.length > 0) await house.forge.pulls.update(pull.number, { state: "closed" });
    house.progress.say(`round ${round}: no variant is left in it`);
    return settle(house, world, { round, commit: tree.commit, holds: base, dropped: skipped });
  }
  const head = laid.changed
    ? await commitLaid(house, world, { ...looked, laid, manifest: laid.manifest })
    : tree;
  const shown = laid.changed ? await readContent(house, { round, history, tree: head }) : content;
  if (shown.kind === "readable") {
    await showRound(house, world, {
      history: world.history.rounds.get(round) ?? history,
      pull,
      tree: head,
      content: shown,
    });
  }
  if (laid.held.length > 0) await tellHeld(house, { round, pull, paths: laid.held });
  const holds = laid.catchesUp ? world.tree.commit : base;
  return settle(house, world, { round, commit: head.commit, holds, dropped: skipped });
}

async function lay(
  house: House,
  world: World,
  { history, tree, content, base, skipped }: Readable & { skipped: readonly string[] },
): Promise<Laid> {
  const { paths } = house.settings;
  const baseTree = base === null ? null : await house.forge.reader.tree({ commit: base });
  return layBranch({
    content,
    skipped,
    untouchable: (path) => isCode(path) || !isInside(path),
    base: baseTree && blobsOf(baseTree),
    head: blobsOf(tree),
    main: blobsOf(world.tree),
    paths: { manifest: manifestPath(house, history.round), report: `${paths.reports}/${paths.report}` },
    mainFiles: await variantFiles(house, world.tree, content.manifest),
  });
}

/**
 * The ledger knows it for the states that it names. Any other may hold more of the default branch than the last of these: people
 * bring a branch up to date as well, and so did a job that died before it could say so.
 */
async function heldBase(
  { forge }: House,
  world: World,
  { history: { proposed, refreshed }, tree }: Pick<Looked, "history" | "tree">,
): Promise<string | null> {
  const known =
    refreshed.findLast(({ commit }) => commit === tree.commit) ??
    (proposed?.commit === tree.commit ? proposed : null);
  const held = known && (known.event === "refreshed" ? (known.holds ?? known.base) : known.base);
  return held ?? forge.reader.mergeBase(tree.commit, world.tree.commit);
}

function tellHeld(
  house: House,
  { round, pull, paths }: { round: string; pull: Pull; paths: readonly string[] },
): Promise<void> {
  const reply = { kind: "left-alone" as const, paths };
  return replyBefore(house, `left-alone:${round}:${pull.head.sha}`, { pull: pull.number, reply });
}

function blobsOf({ files, submodules }: Tree): Blobs {
  const plain = [...files].map(
    ([path, { blob, mode }]) => [path, mode === "100644" ? blob : `${mode} ${blob}`] as const,
  );
  return new Map([...plain, ...[...submodules].map(([path, sha]) => [path, `160000 ${sha}`] as const)]);
}

async function commitLaid(
  house: House,
  world: World,
  { history, pull, tree, laid, manifest }: Looked & { laid: Laid; manifest: Manifest },
): Promise<Tree> {
  const { round } = history;
  const text = manifestText(manifest);
  const committed = await house.forge.writer.commit({
    branch: pull.head.branch,
    parent: tree.commit,
    ...(laid.catchesUp ? { merging: world.tree.commit } : {}),
    files: new Map([...(await contents(house, laid)), [manifestPath(house, round), text]]),
    message: roundMessage("refresh", { round, manifest: sha256(text) }),
  });
  if (committed.kind !== "moved") throw notWritten(pull.head.branch, committed);
  house.progress.say(`round ${round}: its branch was brought up to date`);
  return (
    (await house.forge.reader.tree({ commit: committed.commit })) ?? { ...tree, commit: committed.commit }
  );
}

async function contents(house: House, { blobs }: Laid): Promise<FileChanges> {
  const read = await house.forge.reader.blobs([...blobs.values()].filter((blob) => blob !== null));
  return new Map([...blobs].map(([path, blob]) => [path, blob === null ? null : (read.get(blob) ?? null)]));
}

/** The last write: whatever failed before it is done again. */
async function settle(
  house: House,
  world: World,
  {
    round,
    commit,
    holds,
    dropped,
  }: { round: string; commit: string; holds: string | null; dropped: readonly string[] },
): Promise<World> {
  const base = world.tree.commit;
  // What a person pushed may touch any file of the default branch.
  const edited = world.history.rounds.get(round)?.edited ?? null;
  const ground = edited ? null : groundOf(house, world);
  const key = `refreshed:${round}:${commit.slice(0, 12)}:${base.slice(0, 12)}`;
  const recorded = await record(house, world, {
    events: [
      {
        key,
        event: "refreshed",
        round,
        commit,
        base,
        ...(holds === null || holds === base ? {} : { holds }),
        ground,
        dropped: [...dropped],
      },
    ],
  });
  return recorded.world;
}
