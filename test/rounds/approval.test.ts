import { describe, expect, it } from "vitest";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { type ApprovalEvidence, bindConfigs, judgeApproval } from "../../src/rounds/approval.ts";
import { draftSeedRound, manifestText } from "../../src/rounds/draft.ts";
import { sha256 } from "../../src/rounds/names.ts";
import { plan } from "./fixtures.ts";

const templates = planConfigs()
  .slice(0, 2)
  .map(({ file, config }) => ({ path: `configs/${file}`, text: JSON.stringify(config, null, 2) }));
const draft = draftSeedRound(plan, templates);
if (!draft) throw new Error("The plan's configurations launch.");
const { manifest } = draft;

const merged: ApprovalEvidence = {
  round: "0001",
  defaultBranch: "main",
  pull: {
    number: 7,
    state: "closed",
    merged: true,
    base: "main",
    fromThisRepository: true,
    mergeCommit: "c".repeat(40),
    mergedBy: "ana",
    mergedByBot: false,
  },
  permission: "write",
  onDefaultBranch: true,
  reverted: false,
  manifest: Buffer.from(manifestText(manifest)),
};
const pull = merged.pull;

describe("judgeApproval", () => {
  it("takes a merge by somebody with write permission for the approval", () => {
    expect(judgeApproval(merged)).toMatchObject({
      kind: "approved",
      by: "ana",
      pull: 7,
      merge: "c".repeat(40),
    });
  });

  it.each<[string, Partial<ApprovalEvidence>, string]>([
    ["a manifest without a pull request", { pull: null }, "no-pull-request"],
    ["a merge by a program", { pull: pull && { ...pull, mergedByBot: true } }, "merger-is-a-program"],
    ["a merge that was undone", { reverted: true }, "reverted"],
    ["a closed pull request", { pull: pull && { ...pull, merged: false } }, "no-pull-request"],
    [
      "a pull request from a fork",
      { pull: pull && { ...pull, fromThisRepository: false } },
      "foreign-pull-request",
    ],
    ["a merge into another branch", { pull: pull && { ...pull, base: "dev" } }, "wrong-base"],
    ["a merge that main does not have", { onDefaultBranch: false }, "merge-not-on-default-branch"],
    ["a merge by nobody known", { pull: pull && { ...pull, mergedBy: null } }, "merger-unknown"],
    ["a merge by a reader", { permission: "read" }, "merger-without-write"],
    ["a merge by somebody whose permission is unclear", { permission: "none" }, "merger-without-write"],
    ["a merge that has no manifest", { manifest: null }, "manifest-missing"],
    ["a manifest that is none", { manifest: Buffer.from("{}") }, "manifest-invalid"],
    ["the manifest of another round", { round: "0002" }, "manifest-invalid"],
  ])("refuses %s", (_name, change, reason) => {
    expect(judgeApproval({ ...merged, ...change })).toEqual({ kind: "refused", reason });
  });

  it("decides nothing while the pull request is open", () => {
    const open = pull && { ...pull, merged: false, state: "open" as const };
    expect(judgeApproval({ ...merged, pull: open })).toEqual({ kind: "undecided" });
  });
});

describe("bindConfigs", () => {
  const file = (content: string, mode = "100644") => ({
    blob: "b".repeat(40),
    mode,
    bytes: Buffer.from(content),
  });
  const files = (change: Record<string, ReturnType<typeof file> | null> = {}) =>
    new Map(
      Object.entries({
        ...Object.fromEntries(templates.map(({ path, text }) => [path, file(text)])),
        ...change,
      }).flatMap(([path, entry]) => (entry ? [[path, entry] as const] : [])),
    );
  const [first] = templates;
  if (!first) throw new Error("There is a first template.");

  it("binds each variant to its bytes as merged", () => {
    const { configs, edited, dropped } = bindConfigs({ manifest, files: files() });
    expect(configs["0001a"]).toMatchObject({
      path: first.path,
      sha256: sha256(first.text),
      seeds: [42],
      priority: 1,
    });
    expect([edited, dropped]).toEqual([[], []]);
  });

  it("sees what a reviewer changed, and hashes that", () => {
    const changed = first.text.replace('"reg": 0.15', '"reg": 0.3');
    const { configs, edited } = bindConfigs({ manifest, files: files({ [first.path]: file(changed) }) });
    expect(edited).toEqual(["0001a"]);
    expect(configs["0001a"]?.sha256).toBe(sha256(changed));
    expect(configs["0001a"]?.hash).not.toBe(manifest.variants[0]?.hash);
  });

  it("drops what a reviewer removed, what is no plain file, and what would not launch", () => {
    const cases = [
      null,
      file(first.text, "120000"),
      file(first.text.replace('"batch_size": 8', '"batch_size": 8.0')),
    ];
    const dropped = cases.map(
      (entry) => bindConfigs({ manifest, files: files({ [first.path]: entry }) }).dropped[0]?.because,
    );
    expect(dropped).toEqual(["removed", "not-a-file", "not-launchable"]);
  });
});
