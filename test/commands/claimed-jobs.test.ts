import { describe, expect, it } from "vitest";
import { claimedJobs, otherJobs } from "../../src/commands/claimed-jobs.ts";
import { EMPTY_TREE } from "../../src/forge/forge.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { sha256 } from "../../src/rounds/names.ts";
import { Settings } from "../../src/settings.ts";
import { history, say } from "../rounds/fixtures.ts";

const DISPATCH = "0001-deadbeef";
const CONFIG = '{"policy": {"type": "act"}, "dataset": {"repo_id": "lab/set\\n@octocat"}}';

interface Case {
  /** What the forge gives for the blob of the configuration. */
  readonly content?: string;
  readonly isMerged?: boolean;
  /** Of the configuration's file in the merge. */
  readonly mode?: string;
  readonly trials?: readonly string[];
}

async function jobs(given: Case = {}) {
  const { house, approved } = lab(given);
  const claim = say.dispatched(DISPATCH, [{ id: "0001a-s42", attempt: 1 }]);
  return claimedJobs(house, history(approved, claim), { dispatch: DISPATCH, trials: given.trials ?? [] });
}

function lab({ content = CONFIG, isMerged = true, mode = "100644" }: Case) {
  const [approval] = [say.approved("0001")];
  if (approval.event !== "approved") throw new Error("It is an approval.");
  const [config] = Object.values(approval.configs);
  if (!config) throw new Error("It approves a configuration.");
  const approved = {
    ...approval,
    manifest: sha256("the manifest"),
    configs: { "0001a": { ...config, sha256: sha256(CONFIG) } },
  };
  const files = new Map([
    [config.path, { blob: config.blob, mode }],
    ["reports/data/rounds/0001.json", { blob: "m", mode: "100644" }],
  ]);
  const contents = new Map([
    [config.blob, content],
    ["m", "the manifest"],
  ]);
  const reader = {
    repository: "lab/policies",
    defaultBranch: async () => "main",
    glance: async () => ({ branch: "main", commit: null, beside: null }),
    head: async () => null,
    tree: async () => ({ ...EMPTY_TREE, commit: approved.merge, files }),
    blobs: async (shas: Iterable<string>) =>
      new Map([...shas].map((sha) => [sha, Buffer.from(contents.get(sha) ?? "")] as const)),
    isMerged: async () => isMerged,
    mergeBase: async () => null,
    commit: async () => null,
  };
  return {
    house: { settings: Settings.parse({}), forge: { reader }, progress: { say: () => undefined } },
    approved,
  };
}

describe("the jobs of a dispatch", () => {
  it("are its claims, with the bytes that were approved", async () => {
    const [job, ...more] = await jobs();
    expect(more).toEqual([]);
    expect(job).toMatchObject({ trial: "0001a-s42", attempt: 1, round: "0001" });
    expect(Buffer.from(job?.configBytes ?? []).toString()).toBe(CONFIG);
  });

  it("are refused when the forge gives other bytes for the approved name", async () => {
    await expect(jobs({ content: CONFIG.replace("act", "evil") })).rejects.toThrow(
      "not the one that was approved",
    );
  });

  it("are refused when the merge is not in the history of the default branch", async () => {
    await expect(jobs({ isMerged: false })).rejects.toThrow("not in the history");
  });

  it("are refused when the merge holds something else at that path", async () => {
    await expect(jobs({ mode: "120000" })).rejects.toThrow("does not hold configs/1.json");
  });

  it("are only those that are claimed, whatever is asked for", async () => {
    expect(await jobs({ trials: ["0009z-s1", "../x"] })).toEqual([]);
  });

  it("have a group of one harmless line", async () => {
    expect((await jobs())[0]?.group).toBe("policy:act-seed:42-dataset:lab/set @octocat");
  });
});

describe("what an earlier launch may have left", () => {
  it("are claims of other dispatches, and those that were given up, whatever dispatch they are of", async () => {
    const { house, approved } = lab({});
    const attempt = (number: number, dispatch: string, ...ended: readonly LedgerEvent[]) => [
      say.dispatched(dispatch, [{ id: "0001a-s42", attempt: number }]),
      ...ended,
    ];
    const lost = (number: number) =>
      Object.assign(say.ended("interrupted", "0001a-s42", number), {
        key: `given-up:0001a-s42:${number}`,
        reason: "lost",
      });
    const events = [
      approved,
      ...attempt(1, "0001-00000001", say.ended("failed", "0001a-s42", 1)),
      ...attempt(2, "0001-00000001", lost(2)),
      ...attempt(3, "0001-00000002"),
      ...attempt(4, DISPATCH, lost(4)),
      ...attempt(5, DISPATCH, say.ended("finished", "0001a-s42", 5)),
      ...attempt(6, DISPATCH),
    ];
    const others = await otherJobs(house, history(...events), { dispatch: DISPATCH });
    expect(others.map((job) => job.attempt)).toEqual([2, 3, 4]);
  });
});
