import { bindConfigs, type MergedConfigs, type MergedFile, parseManifest } from "./approval.ts";
import type { Manifest, ManifestVariant } from "./manifest.ts";
import { sha256 } from "./names.ts";

/** Files of one commit: path → blob, after its mode (`100755 <blob>`) where that is no plain file. */
export type Blobs = ReadonlyMap<string, string>;

/** What a round's branch holds, whoever wrote it. */
export type BranchContent =
  | { readonly kind: "unreadable"; readonly reason: "manifest-missing" | "manifest-invalid" }
  | {
      readonly kind: "readable";
      readonly manifest: Manifest;
      readonly bound: MergedConfigs;
      /** Variants that a person changed; what is gone is not among them. */
      readonly edited: readonly string[];
      /** Proposed variants that nothing would be trained of, because a person took them out. */
      readonly removed: readonly string[];
      /** Variants that would not be trained although they are meant to be. */
      readonly broken: MergedConfigs["dropped"];
    };

export interface BranchFiles {
  readonly round: string;
  readonly proposed: readonly { readonly id: string; readonly hash: string }[];
  readonly manifest: Uint8Array | null;
  /** Of the variants that the manifest names. */
  readonly files: ReadonlyMap<string, MergedFile>;
}

/** The same reading as the approval's, before anybody approved. */
export function readBranch({ round, proposed, manifest: bytes, files }: BranchFiles): BranchContent {
  if (!bytes) return { kind: "unreadable", reason: "manifest-missing" };
  const manifest = parseManifest(bytes);
  if (manifest?.round !== round) return { kind: "unreadable", reason: "manifest-invalid" };
  const bound = bindConfigs({ manifest, files });
  const hashes = new Map(proposed.map(({ id, hash }) => [id, hash]));
  const differs = (id: string, hash: string) => hashes.get(id) !== hash || bound.edited.includes(id);
  const there = new Set(
    manifest.variants
      .map(({ id }) => id)
      .filter((id) => !bound.dropped.some((gone) => gone.id === id && gone.because === "removed")),
  );
  return {
    kind: "readable",
    manifest,
    bound,
    edited: Object.entries(bound.configs).flatMap(([id, { hash }]) => (differs(id, hash) ? [id] : [])),
    removed: proposed.map(({ id }) => id).filter((id) => !there.has(id)),
    broken: bound.dropped.filter(({ because }) => because !== "removed"),
  };
}

export interface Laying {
  readonly content: Extract<BranchContent, { kind: "readable" }>;
  /** Files of the default branch as the branch holds it (null: unknown), on the branch, and on the default branch now. */
  readonly base: Blobs | null;
  readonly head: Blobs;
  readonly main: Blobs;
  readonly paths: { readonly manifest: string; readonly report: string };
  /** Variants that somebody skipped. */
  readonly skipped: readonly string[];
  /** Places where we write nothing, whatever a person put there. */
  readonly untouchable: (path: string) => boolean;
  /** Bytes of the default branch, for variants that are files of it. */
  readonly mainFiles: ReadonlyMap<string, MergedFile>;
}

/** The branch as it should be. */
export interface Laid {
  readonly manifest: Manifest | null;
  /** Blob by path that the branch brings to the default branch's files; null removes. */
  readonly blobs: ReadonlyMap<string, string | null>;
  /** Whether the branch has to get the default branch's history. */
  readonly catchesUp: boolean;
  /** What people pushed that we cannot write: the branch would have to catch up, and is left to them. */
  readonly held: readonly string[];
  /** Whether a commit is needed at all. */
  readonly changed: boolean;
}

/**
 * The round's own files on the default branch as it is now. What people pushed to the branch stays; a configuration that the
 * round only names follows the default branch. Nothing is merged line by line.
 */
export function layBranch(laying: Laying): Laid {
  const { content, base, head, main, paths, skipped, untouchable } = laying;
  const out = new Set(skipped);
  const stale = base === null || isStale(laying);
  const everywhere = [...new Set([...head.keys(), ...(base?.keys() ?? [])])];
  const writable = (path: string) => canWrite(path, { from: head, untouchable });
  const held = stale ? everywhere.filter((path) => isTheirs(path, laying) && !writable(path)) : [];
  const catchesUp = stale && held.length === 0;
  const kept = content.manifest.variants.flatMap((variant): ManifestVariant[] => {
    if (out.has(variant.id) || content.removed.includes(variant.id)) return [];
    return catchesUp ? followed(variant, laying) : [variant];
  });
  const manifest = kept.length === 0 ? null : withVariants(content.manifest, kept);
  const changed = catchesUp || kept.length !== content.manifest.variants.length;
  const named = new Set(kept.map(({ path }) => path));
  const dropped = content.manifest.variants
    .filter(({ id, path }) => out.has(id) && !named.has(path))
    .map(({ path }) => path);
  const blobs = new Map<string, string | null>();
  if (catchesUp) {
    for (const path of everywhere) {
      if (path === paths.manifest || dropped.includes(path)) continue;
      const isOwn = named.has(path) && !follows(path, laying);
      if ((isOwn || isPushed(path, laying)) && writable(path)) {
        blobs.set(path, head.get(path) ?? null);
      }
    }
  }
  // A skipped variant's own file goes; one that the default branch has is there as it was.
  for (const path of dropped) {
    if (head.has(path) && canWrite(path, { from: main, untouchable }))
      blobs.set(path, main.get(path) ?? null);
  }
  return { manifest, blobs, catchesUp, held, changed };
}

function withVariants(manifest: Manifest, variants: Manifest["variants"]): Manifest {
  const trials = variants.reduce((sum, { seeds }) => sum + seeds.length, 0);
  const { trials: before, device_hours: hours } = manifest.budget;
  const device_hours = hours === null || before === 0 ? hours : (hours / before) * trials;
  return { ...manifest, variants, budget: { trials, device_hours } };
}

/** The report, a file that the round names or one that both sides changed is another one by now. */
function isStale({ content, base, head, main, paths }: Laying): boolean {
  const named = content.manifest.variants.flatMap(({ path, parent }) => [
    path,
    ...(parent ? [parent.path] : []),
  ]);
  const watched = new Set([paths.report, paths.manifest, ...named]);
  return [...new Set([...(base?.keys() ?? []), ...main.keys()])].some((path) => {
    const movedOnMain = base?.get(path) !== main.get(path) && head.get(path) !== main.get(path);
    return movedOnMain && (watched.has(path) || base?.get(path) !== head.get(path));
  });
}

/** A person's change to a file that is no part of the round, where the default branch left it alone. */
function isPushed(path: string, { base, head, main }: Laying): boolean {
  if (base === null) return false;
  return base.get(path) !== head.get(path) && base.get(path) === main.get(path);
}

/** A file that the branch has otherwise than both states of the default branch. */
function isTheirs(path: string, { base, head, main }: Laying): boolean {
  return base !== null && base.get(path) !== head.get(path) && main.get(path) !== head.get(path);
}

/** What a commit of ours can say: a plain file, or that there is none. */
function canWrite(
  path: string,
  { from, untouchable }: { from: Blobs; untouchable: Laying["untouchable"] },
): boolean {
  return !untouchable(path) && !from.get(path)?.includes(" ");
}

/** A file of the default branch that the round trains as it is. */
function follows(path: string, { base, head }: Laying): boolean {
  return base?.has(path) === true && base.get(path) === head.get(path);
}

function followed(variant: ManifestVariant, laying: Laying): ManifestVariant[] {
  const { mainFiles, content } = laying;
  if (!follows(variant.path, laying) || laying.base?.get(variant.path) === laying.main.get(variant.path)) {
    return [variant];
  }
  const file = mainFiles.get(variant.path);
  if (!file) return [];
  const alone = { ...content.manifest, variants: [variant] };
  const config = bindConfigs({ manifest: alone, files: mainFiles }).configs[variant.id];
  return [config ? { ...variant, hash: config.hash, sha256: sha256(file.bytes) } : variant];
}
