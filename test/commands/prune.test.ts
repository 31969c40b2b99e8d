import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runPrune } from "../../src/commands/terminal/prune.ts";
import type { Terminal } from "../../src/commands/terminal/terminal.ts";
import { ledgerStore } from "../../src/forge/ledger-store.ts";
import { unstyled } from "../../src/report/style.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { writeAttempt } from "../../src/training/attempt-record.ts";
import { localRepository } from "../forge/local-repository.ts";
import { manifest, outcome, variant } from "../report/samples.ts";
import { say } from "../rounds/fixtures.ts";
import { ATTEMPT } from "../training/attempt-records.ts";

const REPORTS = "src/lerobot/scripts/train_config/reports";
const EVAL = "eval/offline_eval/avg_l1";
const FIRST = ["a", "b", "c", "d"].map((letter) => `0001${letter}-s42`);
const NEXT = "0002a-s42";

/** A lab after its first round: a and b lead, c is a parent, d is outdone, and the next round trains. */
async function lab(more: readonly LedgerEvent[] = []) {
  const at = await localRepository();
  const stateDir = join(at.dir, "state");
  const derived = {
    ...variant("0002a"),
    parent: { path: "x.json", hash: "f".repeat(64), run: FIRST[2] ?? "" },
  };
  await at.commit("Settings", {
    ".github/autoloop.yml": JSON.stringify({ trainer: { cwd: "/t", state_dir: stateDir }, language: "en" }),
    [`${REPORTS}/data/rounds/0002.json`]: JSON.stringify(manifest({ round: "0002", variants: [derived] })),
  });
  const claim = (trials: readonly string[], dispatch: string) =>
    say.dispatched(
      dispatch,
      trials.map((id) => ({ id, attempt: 1 })),
    );
  const ended = FIRST.map((trial, index) =>
    outcome({
      round: "0001",
      dispatch: "0001-0000000a",
      trial,
      run_id: `a1${trial}`,
      curves: { [EVAL]: { steps: [200], values: [0.15 + index / 100] } },
    }),
  );
  await ledgerStore(await at.open()).append({
    events: [
      say.approved("0001", ["1", "2", "3", "4"].slice(0, 3)),
      claim(FIRST, "0001-0000000a"),
      ...FIRST.map((trial) => say.ended("finished", trial)),
      say.approved("0002", ["5"]),
      claim([NEXT], "0002-0000000b"),
      ...more,
    ],
    outcomes: ended,
  });
  const folderOf = (trial: string) => join(stateDir, "outputs/train/day", trial);
  for (const trial of [...FIRST, NEXT, "0009a-s42"]) {
    mkdirSync(join(folderOf(trial), "checkpoints/002000"), { recursive: true });
    writeFileSync(join(folderOf(trial), "checkpoints/002000/model"), "x".repeat(5_000));
    writeFileSync(join(folderOf(trial), "note.txt"), "");
    await writeAttempt(stateDir, { ...ATTEMPT, trial, output_dir: folderOf(trial) });
  }
  let document = "";
  let said = "";
  const terminal: Terminal = {
    env: at.env,
    now: () => new Date("2026-01-05T21:00:00Z"),
    document: (text) => (document += text),
    say: (text) => (said += text),
    screen: { width: 100, style: unstyled },
    exitCode: 0,
  };
  const prune = async (options: { yes?: boolean; json?: boolean } = {}) => {
    document = "";
    said = "";
    await runPrune(terminal, { repo: at.work, ...options });
    return { document: document === "" ? null : JSON.parse(document), said };
  };
  const kept = () =>
    [...FIRST, NEXT, "0009a-s42"].filter((trial) => existsSync(join(folderOf(trial), "checkpoints")));
  return { prune, kept, folderOf };
}

describe("prune", () => {
  it("lists what can go with path, size and reason, and removes nothing", async () => {
    const { prune, kept, folderOf } = await lab();
    const { said, document } = await prune();
    expect(document).toBeNull();
    expect(said).toMatch(
      /Can go\n.*\n\s+0001d-s42\s+1\s+[\d.]+ kB\s+others were better\s+\S+\/0001d-s42\/checkpoints\n/,
    );
    expect(said).toContain(join(folderOf("0001d-s42"), "checkpoints"));
    expect(said).toMatch(/^[\d.]+ kB can go \(folders: 1\); autoloop prune --yes removes them\./m);
    expect(kept()).toHaveLength(6);
  });

  it("with --yes removes exactly that, leaves everything else, and then finds nothing more", async () => {
    const { prune, kept, folderOf } = await lab();
    const { document } = await prune({ yes: true, json: true });
    expect(document).toMatchObject({
      schema: "autoloop/prune@1",
      removing: true,
      freed_bytes: expect.any(Number),
    });
    expect(document.freed_bytes).toBeGreaterThanOrEqual(5_000);
    const reasons = document.folders.map((one: { trial: string; why: string; removed: boolean }) => [
      one.trial,
      one.why,
      one.removed,
    ]);
    expect(reasons).toEqual([
      ["0001a-s42", "leader", false],
      ["0001b-s42", "leader", false],
      ["0001c-s42", "parent", false],
      ["0001d-s42", "outdone", true],
      ["0002a-s42", "open", false],
      ["0009a-s42", "unknown", false],
    ]);
    expect(kept()).not.toContain("0001d-s42");
    expect(readdirSync(folderOf("0001d-s42"))).toEqual(["note.txt"]);
    expect(kept()).toHaveLength(5);
    expect((await prune({ yes: true })).said).toContain("Nothing can go.");
  });

  it("keeps a leader although the attempt to train it further failed", async () => {
    const [leader = ""] = FIRST;
    const { prune, kept } = await lab([
      say.dispatched("0001-0000000c", [{ id: leader, attempt: 2, steps: 10_000 }]),
      say.ended("failed", leader, 2),
      say.dispatched("0001-0000000d", [{ id: leader, attempt: 3, steps: 10_000 }]),
      say.ended("failed", leader, 3),
      say.reported(
        "0001",
        [1, 2, 3].map((attempt) => `${leader}:${attempt}`),
      ),
    ]);
    await prune({ yes: true });
    expect(kept()).toContain(leader);
  });

  it("names no folder where no round was ever proposed", async () => {
    const at = await localRepository();
    const shown: string[] = [];
    const terminal: Terminal = {
      env: at.env,
      now: () => new Date("2026-01-05T21:00:00Z"),
      document: (text) => void shown.push(text),
      say: (text) => void shown.push(text),
      screen: { width: 100, style: unstyled },
      exitCode: 0,
    };
    await runPrune(terminal, { repo: at.work });
    expect(shown.join("")).toContain("This repository has no rounds yet");
    shown.length = 0;
    await runPrune(terminal, { repo: at.work, json: true });
    expect(JSON.parse(shown.at(-1) ?? "")).toMatchObject({ state_dir: null, folders: [] });
  });
});
