import { hashConfig } from "./config-hash.ts";
import type { ApprovedConfig } from "./events.ts";
import { Manifest } from "./manifest.ts";
import { sha256 } from "./names.ts";

/** What has to be looked at before anything of a round may run. */
export interface ApprovalEvidence {
  readonly round: string;
  readonly defaultBranch: string;
  /** The newest pull request from the round's branch; null when there is none. */
  readonly pull: {
    readonly number: number;
    readonly state: "open" | "closed";
    readonly merged: boolean;
    readonly base: string;
    readonly fromThisRepository: boolean;
    readonly mergeCommit: string | null;
    readonly mergedBy: string | null;
    readonly mergedByBot: boolean;
  } | null;
  /** What the forge says of the person who merged. */
  readonly permission: "admin" | "write" | "read" | "none";
  /** Whether the merge commit is in the history of the default branch. */
  readonly onDefaultBranch: boolean;
  /** The default branch does not hold the manifest any more. */
  readonly reverted: boolean;
  /** The manifest's bytes in the merge commit; null when it is not there. */
  readonly manifest: Uint8Array | null;
}

const REFUSALS = [
  "no-pull-request",
  "foreign-pull-request",
  "wrong-base",
  "merger-unknown",
  "merger-is-a-program",
  "merger-without-write",
  "merge-not-on-default-branch",
  "manifest-missing",
  "manifest-invalid",
  "nothing-left",
  "reverted",
] as const;
export type Refusal = (typeof REFUSALS)[number];

export type Approval =
  /** The pull request is still open: the manifest came to the default branch some other way, and launches nothing. */
  | { readonly kind: "undecided" }
  | { readonly kind: "refused"; readonly reason: Refusal }
  | {
      readonly kind: "approved";
      readonly manifest: Manifest;
      readonly merge: string;
      readonly by: string;
      readonly pull: number;
      readonly bytes: Uint8Array;
    };

/** The merge is the approval: of this repository's round branch, into the default branch, by somebody who may write there. */
export function judgeApproval(evidence: ApprovalEvidence): Approval {
  const { pull } = evidence;
  if (!pull) return refused("no-pull-request");
  if (!pull.fromThisRepository) return refused("foreign-pull-request");
  if (!pull.merged) return pull.state === "open" ? { kind: "undecided" } : refused("no-pull-request");
  if (pull.base !== evidence.defaultBranch) return refused("wrong-base");
  if (!pull.mergeCommit || !evidence.onDefaultBranch) return refused("merge-not-on-default-branch");
  if (!pull.mergedBy) return refused("merger-unknown");
  // An app may write too, but nobody has looked; `UNATTENDED` rounds of a terminal are no pull requests of a forge.
  if (pull.mergedByBot) return refused("merger-is-a-program");
  if (evidence.permission !== "admin" && evidence.permission !== "write")
    return refused("merger-without-write");
  if (evidence.manifest && evidence.reverted) return refused("reverted");
  if (!evidence.manifest) return refused("manifest-missing");
  const manifest = parseManifest(evidence.manifest);
  if (manifest?.round !== evidence.round) return refused("manifest-invalid");
  return {
    kind: "approved",
    manifest,
    merge: pull.mergeCommit,
    by: pull.mergedBy,
    pull: pull.number,
    bytes: evidence.manifest,
  };
}

function refused(reason: Refusal): Approval {
  return { kind: "refused", reason };
}

/** null: not a manifest of ours. */
export function parseManifest(bytes: Uint8Array): Manifest | null {
  try {
    return Manifest.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch {
    return null;
  }
}

export interface MergedFile {
  readonly blob: string;
  readonly mode: string;
  readonly bytes: Uint8Array;
}

export interface MergedConfigs {
  readonly configs: Readonly<Record<string, ApprovedConfig>>;
  /** Variants that the reviewer changed. */
  readonly edited: readonly string[];
  /** Variants that are not trained although the manifest names them, and why. */
  readonly dropped: readonly {
    readonly id: string;
    readonly because: "removed" | "not-a-file" | "not-launchable" | "not-act-ot";
    readonly detail: string;
  }[];
}

/** The content that the approval binds to: every variant as it was merged, by its bytes. */
export function bindConfigs({
  manifest,
  files,
}: {
  manifest: Manifest;
  files: ReadonlyMap<string, MergedFile>;
}): MergedConfigs {
  const configs: Record<string, ApprovedConfig> = {};
  const edited: string[] = [];
  const dropped: MergedConfigs["dropped"][number][] = [];
  for (const variant of manifest.variants) {
    const file = files.get(variant.path);
    if (!file) dropped.push({ id: variant.id, because: "removed", detail: variant.path });
    else if (file.mode !== "100644")
      dropped.push({ id: variant.id, because: "not-a-file", detail: variant.path });
    else {
      const checked = hashConfig({
        text: Buffer.from(file.bytes).toString("utf8"),
        trainer: manifest.trainer,
      });
      if (checked.kind === "refused")
        dropped.push({ id: variant.id, because: checked.because, detail: checked.reason });
      else {
        const digest = sha256(file.bytes);
        if (digest !== variant.sha256) edited.push(variant.id);
        configs[variant.id] = {
          path: variant.path,
          blob: file.blob,
          sha256: digest,
          hash: checked.hash,
          seeds: variant.seeds,
          priority: variant.priority,
        };
      }
    }
  }
  return { configs, edited, dropped };
}
