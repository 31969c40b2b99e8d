/** Whole nights: three rounds on four GPUs while everything is killed at random. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isOutcome, type LedgerEvent } from "../../src/rounds/events.ts";
import { Outcome } from "../../src/rounds/outcome.ts";
import { fakeNvidiaSmi, gpuRow } from "../training/fake-nvidia-smi.ts";
import { type LocalLab, localLab } from "./local-lab.ts";
import { type Lab, lab } from "./programs.ts";
import { SHORTENED, THOROUGH } from "./thorough.ts";
import { type Vandal, vandal } from "./vandal.ts";

const SLURM = process.env["AUTOLOOP_SLURM"] === "1";
const WITHOUT_SLURM = SLURM ? "" : " (skipped: AUTOLOOP_SLURM is not set; see test/slurm/start-slurm.sh)";
const NIGHT = 570_000;
const ROUNDS = ["0001", "0002", "0003"];
const PATIENT = { failed: 3, interrupted: 50 };
const REPORT = "src/lerobot/scripts/train_config/reports/act_ot.md";

async function fourGpus(dir: string): Promise<string> {
  const bin = join(dir, "bin");
  await mkdir(bin, { recursive: true });
  fakeNvidiaSmi(
    bin,
    [0, 1, 2, 3].map((index) => gpuRow(index)),
  );
  return bin;
}

/** Every attempt was claimed once and has one outcome, every trial ended for good, and no device had two at a time. */
async function expectNothingLost(
  events: readonly LedgerEvent[],
  outcomeOf: (trial: string, attempt: number) => Promise<Outcome>,
): Promise<{ readonly attempts: number; readonly trials: number }> {
  const outcomes = events.filter(isOutcome);
  const claims = events.flatMap((event) => (event.event === "dispatched" ? event.trials : []));
  const attempts = claims.map(({ id, attempt }) => `${id}:${attempt}`);
  expect(new Set(attempts).size).toBe(attempts.length);
  // A guess (`lost`) may stand before the outcome that replaced it.
  const ended = new Set(outcomes.map(({ trial, attempt }) => `${trial}:${attempt}`));
  expect([...ended].sort()).toEqual(attempts.toSorted());

  const trials = [...new Set(claims.map(({ id }) => id))];
  const finished = outcomes.filter(({ event }) => event === "finished").map(({ trial }) => trial);
  expect(finished.toSorted()).toEqual(trials.toSorted());

  const held = await Promise.all(claims.map(({ id, attempt }) => outcomeOf(id, attempt)));
  const busy = held.filter(({ device, device_seconds }) => device.startsWith("GPU-") && device_seconds > 0);
  for (const one of busy) {
    const overlapping = busy.filter(
      (other) =>
        other !== one &&
        other.device === one.device &&
        other.started < one.ended &&
        one.started < other.ended,
    );
    expect(
      overlapping.map(({ trial, attempt }) => `${trial}:${attempt}`),
      one.trial,
    ).toEqual([]);
  }
  return { attempts: attempts.length, trials: trials.length };
}

function expectSections(report: string): void {
  expect(report.match(/^<!-- autoloop:round (\d+)/gm)?.map((line) => line.slice(-4))).toEqual(
    expect.arrayContaining(ROUNDS),
  );
}

function tell(night: string, { killed }: Vandal, more: Readonly<Record<string, number>>): void {
  const faults = killed.trainer + killed.launcher + killed.loop;
  const counted = Object.entries({ ...killed, ...more }).map(([what, count]) => `${count} ${what}`);
  console.info(`${night}: ${faults} processes killed (${counted.join(", ")}); nothing lost, nothing twice`);
}

const isDone = (events: readonly LedgerEvent[], round: string) =>
  events.some((event) => event.event === "reported" && event.round === round) &&
  events
    .filter((event) => event.event === "dispatched")
    .flatMap(({ round: of, trials }) => (of === round ? trials : []))
    .every(({ id }) => events.some((event) => event.event === "finished" && event.trial === id));

describe.skipIf(!THOROUGH)(`a night on GitHub${SHORTENED}`, { timeout: NIGHT }, () => {
  it("three rounds, four GPUs, random kills, one cancelled workflow run: each trial ends once, and the report tells it", async () => {
    const machine = await mkdtemp(join(tmpdir(), "autoloop-night-"));
    const bin = await fourGpus(machine);
    const here = await lab({
      templates: 4,
      trainer: {
        steps: 200,
        eval_freq: 100,
        log_freq: 20,
        retries: PATIENT,
        env: ["TINY_STEP_MS"],
      },
      boxEnv: { PATH: `${bin}:${process.env["PATH"]}`, TINY_STEP_MS: "30" },
    });
    const night = vandal({ dir: here.dir, seed: 20261126, kills: 12, pause: [1_500, 6_000] });
    let cancelled = 0;
    try {
      await here.github.deliver("schedule");
      await here.github.idle();
      for (const round of ROUNDS) {
        const pull = here.openPull();
        expect(pull?.headRef, `round ${round}`).toContain(round);
        await here.people.merge("ana", pull?.number ?? 0);
        if (round === "0002") cancelled += await cancelTraining(here);
        for (let looks = 0; looks < 40 && !isDone(await here.events(), round); looks += 1) {
          await here.github.idle();
          if (isDone(await here.events(), round)) break;
          if (cancelled > 0) await here.people.comment("ana", pull?.number ?? 0, "/rerun");
          await here.github.deliver("schedule");
          await here.github.idle();
        }
        await here.github.idle();
      }
      await night.stop();
      const events = await here.events();
      const { attempts, trials } = await expectNothingLost(events, async (trial, attempt) =>
        Outcome.parse(JSON.parse(await here.show(`outcomes/${trial}-${attempt}.json`, "autoloop/ledger"))),
      );
      const report = await here.show(REPORT);
      expectSections(report);
      expect(report).toContain("(attempt 2)");
      expect(cancelled).toBe(1);
      expect(night.killed.trainer + night.killed.launcher).toBeGreaterThan(5);
      expect(here.github.unknownRoutes).toEqual([]);
      tell("a night on GitHub", night, { cancelled, attempts, trials });
    } finally {
      await night.stop();
      await here.close();
      await rm(machine, { recursive: true, force: true });
    }
  });
});

/** As a person does it on the page of the workflow run, once it trains; 0 when it was over before. */
async function cancelTraining(here: Lab): Promise<number> {
  for (let looks = 0; looks < 600; looks += 1) {
    const run = [...here.github.state.runs.values()].find(
      ({ status, title }) => status === "in_progress" && title.includes("train 0002-"),
    );
    if (run) {
      await here.people.cancel("ana", run.id);
      return 1;
    }
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return 0;
}

async function localNight(here: LocalLab, name: string, seed: number): Promise<void> {
  const night = vandal({ dir: here.dir, seed, kills: 12, pause: [1_500, 5_000] });
  let starts = 0;
  try {
    for (; starts < 60; starts += 1) {
      const { exit, stderr } = await here.begin(["--rounds", "3", "--yes"], { TINY_STEP_MS: "30" }).ended;
      if (exit === 0) break;
      // A killed process says nothing; whatever else ends one early is a mistake.
      expect(exit, stderr).toBe(-1);
    }
    await night.stop();
    const { attempts, trials } = await expectNothingLost(await here.events(), async (trial, attempt) =>
      Outcome.parse(JSON.parse(await here.show(`outcomes/${trial}-${attempt}.json`, "autoloop/ledger"))),
    );
    expectSections(await here.show(REPORT));
    expect(await here.trainers()).toEqual([]);
    expect(night.killed.trainer + night.killed.loop).toBeGreaterThan(5);
    tell(name, night, { starts: starts + 1, attempts, trials });
  } finally {
    await night.stop();
    await here.close();
  }
}

const TRAINER = { retries: PATIENT };

describe.skipIf(!THOROUGH)(`a night without a forge${SHORTENED}`, { timeout: NIGHT }, () => {
  it("three rounds, four GPUs, the loop and its trainers killed at random", async () => {
    const here = await localLab({ trainer: TRAINER, slots: 0, path: fourGpus });
    await localNight(here, "a night without a forge", 7);
  });

  it.skipIf(!SLURM)(`the same with Slurm${WITHOUT_SLURM}`, async () => {
    const here = await localLab({
      trainer: TRAINER,
      slots: 0,
      settings: { executor: "slurm", slurm: { extra: ["--cpus-per-task=1"] } },
    });
    await localNight(here, "a night with Slurm", 8);
  });
});
