import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { settleEarlierLaunches } from "../../src/commands/earlier-launches.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { dueTrials, RETRIES } from "../../src/rounds/trials.ts";
import { noteAsked } from "../../src/training/asked.ts";
import { writeAttempt } from "../../src/training/attempt-record.ts";
import { unsentOutcomes } from "../../src/training/outcome-files.ts";
import { history, say } from "../rounds/fixtures.ts";
import { ATTEMPT } from "../training/attempt-records.ts";
import { realPorts, scratch } from "../training/real-ports.ts";

const FIRST = { trial: "0001a-s42", attempt: 1 };
const claimed = [
  say.approved("0001"),
  say.dispatched("0001-00000001", [{ id: FIRST.trial, attempt: FIRST.attempt }]),
];
const lost = Object.assign(say.ended("interrupted", FIRST.trial), {
  key: "given-up:0001a-s42:1",
  reason: "lost",
});

async function left(events: readonly LedgerEvent[], prepare: (stateDir: string) => Promise<void> | void) {
  const stateDir = scratch(onTestFinished);
  await prepare(stateDir);
  const said: string[] = [];
  const ports = realPorts({});
  const progress = { say: (line: string) => void said.push(line) };
  await settleEarlierLaunches({ progress }, history(...events), { stateDir, ports });
  return {
    said,
    unsent: await unsentOutcomes(stateDir, progress.say),
    asked: existsSync(join(stateDir, "asked", "0001a-s42-1")),
  };
}
const asked = (stateDir: string) => noteAsked(stateDir, [FIRST]);

describe("a launcher that was killed", () => {
  it("leaves what it never began as such, which uses up no retry", async () => {
    const { unsent, said, asked: still } = await left([...claimed, lost], asked);
    expect(unsent).toMatchObject([
      { ...FIRST, run_id: "a10001a-s42", outcome: "interrupted", reason: "not-begun", device_seconds: 0 },
    ]);
    expect(said).toEqual(["0001a-s42 (attempt 1): its launcher ended before it began"]);
    expect(still).toBe(false);
    const told = Object.assign(say.ended("interrupted", FIRST.trial), { reason: "not-begun" });
    const known = history(...claimed, lost, told);
    const round = known.rounds.get("0001");
    const now = new Date("2026-01-05T20:30:00.000Z");
    expect(
      round && dueTrials(round, { history: known, retries: { ...RETRIES, interrupted: 0 }, now }),
    ).toEqual([{ id: FIRST.trial, attempt: 2 }]);
  });

  it("says nothing of what it began: its record does", async () => {
    const { unsent } = await left([...claimed, lost], async (stateDir) => {
      await asked(stateDir);
      await writeAttempt(stateDir, { ...ATTEMPT, state: "running" });
    });
    expect(unsent).toEqual([]);
  });

  it("says nothing of what another machine was asked to train", async () => {
    expect((await left([...claimed, lost], () => undefined)).unsent).toEqual([]);
  });

  it("may still live as long as nobody gave its claims up", async () => {
    expect(await left(claimed, asked)).toMatchObject({ unsent: [], asked: true });
  });

  it("may be one that began since, with claims that are newer than what is known of the ledger", async () => {
    expect(await left([say.approved("0001")], asked)).toMatchObject({ unsent: [], asked: true });
  });

  it("leaves nothing to tell of what has its outcome", async () => {
    const events = [...claimed, say.ended("finished", FIRST.trial)];
    expect(await left(events, asked)).toMatchObject({ unsent: [], asked: false });
  });
});
