import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LedgerEvent } from "../../src/rounds/events.ts";
import { Manifest } from "../../src/rounds/manifest.ts";
import { autoloop, type Result } from "./programs.ts";

const run = promisify(execFile);
const REPORT = "src/lerobot/scripts/train_config/reports/act_ot.md";

describe("autoloop demo --keep", () => {
  let dir = "";
  let result: Result;
  const git = async (...args: readonly string[]) =>
    (await run("git", ["--git-dir", join(dir, "github.git"), ...args])).stdout.trimEnd();

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "autoloop-demo-test-"));
    result = await autoloop(["demo", "--keep", dir]);
  }, 120_000);
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it("exits 0 and says what came of it", () => {
    expect(result.exit, result.stderr).toBe(0);
    expect(result.stderr).toContain("3 proposed, merged, trained and reported");
    expect(result.stderr).toMatch(/best +avg_l1 0\.\d{4}/);
  });

  it("leaves three merged rounds, each a merge commit and a manifest", async () => {
    const merges = await git("log", "--merges", "--format=%s", "main");
    expect(merges.split("\n").filter((line) => line.includes("autoloop/round-"))).toHaveLength(3);
    for (const round of ["0001", "0002", "0003"]) {
      const path = `main:src/lerobot/scripts/train_config/reports/data/rounds/${round}.json`;
      expect(Manifest.parse(JSON.parse(await git("show", path))).round).toBe(round);
    }
  });

  it("lets the report grow by one section a round, at its end", async () => {
    const commits = (await git("log", "--reverse", "--format=%H", "main", "--", REPORT)).split("\n");
    const versions = await Promise.all(commits.map((commit) => git("show", `${commit}:${REPORT}`)));
    expect(versions).toHaveLength(3);
    versions.forEach((version, index) => {
      expect(version.match(/^<!-- autoloop:round /gm)).toHaveLength(index + 1);
      expect(version.startsWith(versions[index - 1] ?? "")).toBe(true);
    });
  });

  it("tells the story in the ledger's events", async () => {
    const log = await git("show", "autoloop/ledger:rounds/0002.jsonl");
    const events = log.split("\n").map((line) => LedgerEvent.parse(JSON.parse(line)));
    const kinds = events.map(({ event }) => event).filter((event, at, all) => event !== all[at - 1]);
    expect(kinds).toEqual(["proposed", "approved", "dispatched", "finished", "collected", "reported"]);
  });

  it("keeps in the ledger what the rules had promised, and shows how it came out", async () => {
    const log = await git("show", "autoloop/ledger:rounds/0002.jsonl");
    const reported = log
      .split("\n")
      .map((line) => LedgerEvent.parse(JSON.parse(line)))
      .find(({ event }) => event === "reported");
    const predictions = reported?.event === "reported" ? reported.predictions : [];
    expect(predictions.length).toBeGreaterThan(0);
    for (const { low, high, observed, margin, inside } of predictions)
      expect(inside).toBe(observed >= low - margin && observed <= high + margin);
    const hits = predictions.filter(({ rule, inside }) => rule === predictions[0]?.rule && inside).length;
    expect(await git("show", `main:${REPORT}`)).toContain(
      `- ${predictions[0]?.rule}: ${hits} of 1 predictions inside the interval`,
    );
  });

  it("trains at most twelve trials, the seed round's in the plan's order", async () => {
    const log = await git("show", "autoloop/ledger:rounds/0001.jsonl");
    const dispatched = log
      .split("\n")
      .map((line) => LedgerEvent.parse(JSON.parse(line)))
      .find(({ event }) => event === "dispatched");
    expect(dispatched).toMatchObject({
      trials: ["a", "b", "c", "d", "e", "f"].map((letter) => ({ id: `0001${letter}-s42` })),
    });
    const outcomes = (await git("ls-tree", "--name-only", "autoloop/ledger:outcomes")).split("\n");
    expect(outcomes.length).toBeLessThanOrEqual(12);
  });

  it("changes nothing in a variant but what its edits say", async () => {
    const path = "main:src/lerobot/scripts/train_config/reports/data/rounds/0002.json";
    const { variants } = Manifest.parse(JSON.parse(await git("show", path)));
    const bred = variants.filter(({ edits }) => edits.length > 0);
    expect(bred.length).toBeGreaterThan(0);
    for (const { parent, path: file, edits } of bred) {
      const before = (await git("show", `main:${parent?.path}`)).split("\n");
      const after = (await git("show", `main:${file}`)).split("\n");
      const changed = after.filter((line, at) => line !== before[at]);
      expect(after).toHaveLength(before.length);
      expect(changed).toHaveLength(edits.length);
    }
  });

  it("has exactly one bare repository within three levels, and the pages beside it", async () => {
    const found: string[] = [];
    const walk = async (folder: string, depth: number): Promise<void> => {
      const names = await readdir(folder, { withFileTypes: true });
      if (names.some(({ name }) => name === "HEAD") && names.some(({ name }) => name === "objects"))
        found.push(folder);
      else if (depth < 3) {
        await Promise.all(
          names.filter((entry) => entry.isDirectory()).map(({ name }) => walk(join(folder, name), depth + 1)),
        );
      }
    };
    await walk(dir, 0);
    expect(found).toEqual([join(dir, "github.git")]);
    expect(await readdir(dir)).toEqual(expect.arrayContaining(["pages", "wandb.json", "state", "actions"]));
  });
});
