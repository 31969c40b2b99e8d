import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { verifyFollowUp } from "../../src/commands/follow-up-evidence.ts";
import { EMPTY_TREE, type RepositoryReader } from "../../src/forge/forge.ts";
import type { House } from "../../src/house.ts";
import { hashConfig } from "../../src/rounds/config-hash.ts";
import type { ApprovedConfig, LedgerEvent } from "../../src/rounds/events.ts";
import { foldLedger } from "../../src/rounds/history.ts";
import type { FollowUp, Manifest, ManifestVariant } from "../../src/rounds/manifest.ts";
import { sha256 } from "../../src/rounds/names.ts";
import { Settings } from "../../src/settings.ts";
import { exampleText, exampleWith } from "../judgement/example-config.ts";
import { manifest as sampleManifest } from "../report/samples.ts";

const settings = Settings.parse({});
const FOLDER = `${settings.paths.reports}/data/rounds`;
const trainer = { fork: "train-logging", steps: 2000, eval_freq: 200, log_freq: 50 } as const;
const bounds = { "ot.loss_config.reg": { min: 0.1, max: 3 } };
const limits: FollowUp = { rounds: 2, gpu_hours: 5, until: "2026-01-06T08:00:00.000Z", bounds, patience: 2 };
const [MERGE, HEAD] = ["c".repeat(40), "d".repeat(40)];
const AT = "2026-01-05T20:00:00.000Z";

const blobOf = (text: string) => createHash("sha1").update(text).digest("hex");
const hashOf = (text: string) => {
  const hashed = hashConfig({ text, trainer });
  if (hashed.kind !== "hashed") throw new Error(hashed.reason);
  return hashed.hash;
};

function variantOf(id: string, text: string, seeds: readonly number[] = [42]): ManifestVariant {
  const [sample] = sampleManifest().variants;
  if (!sample) throw new Error("The sample has a variant.");
  return {
    ...sample,
    id,
    path: `configs/${id}.json`,
    hash: hashOf(text),
    sha256: sha256(text),
    seeds: [...seeds],
  };
}

function manifestOf(
  round: string,
  variants: readonly ManifestVariant[],
  change: Partial<Manifest> = {},
): string {
  return JSON.stringify(sampleManifest({ round, variants: [...variants], trainer, ...change }));
}

interface Case {
  /** The follow-up's configuration as we committed it. */
  readonly text?: string;
  readonly seeds?: readonly number[];
  readonly change?: Partial<Manifest>;
  /** What stands on the default branch instead of what we committed. */
  readonly tampered?: Readonly<Record<string, string>>;
  readonly mergedFollowUp?: FollowUp | null;
  readonly approvedBy?: string;
  readonly onBranch?: boolean;
  readonly withoutProposal?: boolean;
}

/** Round 0001 was merged by a person and approves rounds like 0002, which lies on the default branch. */
async function verdict(given: Case = {}): Promise<string> {
  const { text = exampleWith('"reg": 0.5', '"reg": 0.8'), onBranch = true, approvedBy = "ana" } = given;
  const first = manifestOf("0001", [variantOf("0001a", exampleText)], {
    follow_up: given.mergedFollowUp === undefined ? limits : given.mergedFollowUp,
  });
  const second = manifestOf("0002", [variantOf("0002a", text, given.seeds)], {
    follow_up: null,
    ...given.change,
  });
  const trees = new Map([
    [MERGE, { [`${FOLDER}/0001.json`]: first, "configs/0001a.json": exampleText }],
    [HEAD, { [`${FOLDER}/0002.json`]: second, "configs/0002a.json": text, ...given.tampered }],
  ]);
  const contents = new Map(
    [...trees.values()].flatMap((files) =>
      Object.values(files).map((file) => [blobOf(file), Buffer.from(file)] as const),
    ),
  );
  const reader: RepositoryReader = {
    repository: "lab/policies",
    defaultBranch: async () => "main",
    glance: async () => ({ branch: "main", commit: HEAD, beside: null }),
    head: async () => HEAD,
    commit: async () => null,
    tree: async (ref) => {
      const commit = "commit" in ref ? ref.commit : HEAD;
      const files = Object.entries(trees.get(commit) ?? {});
      return {
        ...EMPTY_TREE,
        commit,
        files: new Map(files.map(([path, file]) => [path, { blob: blobOf(file), mode: "100644" }])),
      };
    },
    blobs: async (shas) =>
      new Map(
        [...shas].flatMap((sha) => (contents.has(sha) ? [[sha, contents.get(sha) ?? Buffer.of()]] : [])),
      ),
    isMerged: async () => onBranch,
    mergeBase: async () => null,
  };
  const config: ApprovedConfig = {
    path: "configs/0001a.json",
    blob: blobOf(exampleText),
    sha256: sha256(exampleText),
    hash: hashOf(exampleText),
    seeds: [42],
    priority: 1,
  };
  const events: LedgerEvent[] = [
    {
      ...{
        key: "approved:0001",
        at: AT,
        event: "approved",
        round: "0001",
        merge: MERGE,
        by: approvedBy,
        pull: 7,
      },
      ...{ manifest: sha256(first), trainer, configs: { "0001a": config }, edited: [], follow_up: limits },
    },
    {
      ...{
        key: "proposed:0002",
        at: AT,
        event: "proposed",
        round: "0002",
        pull: null,
        commit: null,
        base: null,
        ground: null,
        manifest: sha256(second),
      },
      ...{ variants: [], follow_up: null, follows: "0001" },
    },
  ];
  const house: Pick<House, "settings"> & { forge: { reader: RepositoryReader } } = {
    settings,
    forge: { reader },
  };
  const known = given.withoutProposal ? events.slice(0, 1) : events;
  const found = await verifyFollowUp(house, foldLedger(known), { round: "0002", commit: HEAD });
  return found.kind === "verified" ? "verified" : found.reason;
}

describe("a round that an earlier merge approved beforehand", () => {
  it("is what we wrote down, inside of the bounds", async () => {
    expect(await verdict()).toBe("verified");
    expect(await verdict({ seeds: [42, 87] })).toBe("verified");
  });

  it.each<[string, Case, string]>([
    ["a manifest that we never wrote down", { withoutProposal: true }, "no-campaign"],
    ["the approval of a budget", { approvedBy: "budget" }, "no-campaign"],
    ["a merge that is not on the default branch any more", { onBranch: false }, "approval-gone"],
    ["a ledger that says more than the merged manifest", { mergedFollowUp: null }, "approval-gone"],
    [
      "a merged manifest with narrower bounds than the ledger's",
      { mergedFollowUp: { ...limits, bounds: { "ot.loss_config.reg": { min: 0.1, max: 1 } } } },
      "approval-gone",
    ],
    [
      "another configuration under the same name",
      { tampered: { "configs/0002a.json": exampleWith('"reg": 0.5', '"reg": 0.9') } },
      "follow-up-changed",
    ],
    [
      "another manifest in the same place",
      { tampered: { [`${FOLDER}/0002.json`]: manifestOf("0002", [variantOf("0002a", exampleText)]) } },
      "follow-up-changed",
    ],
    ["a knob beyond its bounds", { text: exampleWith('"reg": 0.5', '"reg": 4') }, "out-of-bounds"],
    [
      "a setting that has no bounds",
      { text: exampleWith('"window_size": 8', '"window_size": 9') },
      "out-of-bounds",
    ],
    ["other data", { text: exampleWith('"data/target"', '"data/other"') }, "out-of-bounds"],
    ["other conditions", { change: { trainer: { ...trainer, steps: 9000 } } }, "out-of-bounds"],
    ["a seed that nobody named", { seeds: [7] }, "out-of-bounds"],
  ])("is not %s", async (_what, given, reason) => {
    expect(await verdict(given)).toBe(reason);
  });
});
