/** Trainings that go on from a checkpoint: because somebody wants more steps, or because something ended them. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { Outcome } from "../../src/rounds/outcome.ts";
import { type Lab, lab } from "./programs.ts";
import { SHORTENED, THOROUGH } from "./thorough.ts";

const CONFIGS = "src/lerobot/scripts/train_config";
const REPORT = `${CONFIGS}/reports/act_ot.md`;
const TRAINER = { steps: 100, eval_freq: 50, log_freq: 10 };

/** Two templates that save every 20 steps, trained at one seed. */
async function labWithCheckpoints(stepMs: number): Promise<Lab> {
  const here = await lab({
    templates: 2,
    settings: { seeds: "[42]" },
    trainer: { ...TRAINER, env: ["TINY_STEP_MS"] },
    boxEnv: { TINY_STEP_MS: String(stepMs) },
  });
  const files = planConfigs()
    .slice(0, 2)
    .map(({ file, config }) => [
      `${CONFIGS}/${file}`,
      `${JSON.stringify({ ...config, save_freq: 20 }, null, 2)}\n`,
    ]);
  await here.pushFiles("main", Object.fromEntries(files));
  await here.github.deliver("schedule");
  await here.github.idle();
  await here.people.merge("ana", 1);
  return here;
}

/** Folders of this name below the box's outputs, by the trial's output folder. */
async function outputs(here: Lab): Promise<readonly string[]> {
  const days = join(here.dir, "state", "autoloop", "lab", "policies", "outputs", "train");
  const names = await readdir(days).catch(() => []);
  const found = await Promise.all(
    names.map(async (day) => (await readdir(join(days, day))).map((name) => join(days, day, name))),
  );
  return found.flat().sort();
}

async function checkpointsIn(folder: string): Promise<readonly string[]> {
  return readdir(join(folder, "checkpoints")).catch(() => []);
}

async function outcomeOf(here: Lab, name: string): Promise<Outcome> {
  return Outcome.parse(JSON.parse(await here.show(`outcomes/${name}.json`, "autoloop/ledger")));
}

const claimsOf = async (here: Lab, trial: string) =>
  (await here.events()).flatMap((event) =>
    event.event === "dispatched" ? event.trials.filter(({ id }) => id === trial) : [],
  );
const grid = (last: number) => Array.from({ length: last / 10 }, (_, index) => 10 * (index + 1));

describe("/extend of a trial that finished", () => {
  let here: Lab;
  beforeAll(async () => {
    here = await labWithCheckpoints(0);
    await here.github.idle();
    await here.people.comment("ana", 1, "/extend b --steps 200");
    await here.github.idle();
  }, 120_000);
  afterAll(() => here.close());

  it("claims it with what it is to go on from, once", async () => {
    const [first, second, ...more] = await claimsOf(here, "0001b-s42");
    expect(second).toMatchObject({ attempt: 2, steps: 200, resume: { attempt: 1, run_id: first?.run_id } });
    expect(more).toEqual([]);
    expect(await claimsOf(here, "0001a-s42")).toHaveLength(1);
  });

  it("trains it further in the same folder and the same W&B run, to the new total", async () => {
    const [first] = await claimsOf(here, "0001b-s42");
    const runId = first?.run_id ?? "";
    expect(await outcomeOf(here, "0001b-s42-2")).toMatchObject({
      outcome: "finished",
      run_id: runId,
      steps: 200,
      resumed_from: { attempt: 1, step: 100 },
    });
    expect(here.wandb.runs.rows(runId).map((row) => Number(row["_step"]))).toEqual(grid(200));
    const folders = await outputs(here);
    expect(folders).toHaveLength(2);
    expect(await Promise.all(folders.map(checkpointsIn))).toEqual(
      expect.arrayContaining([expect.arrayContaining(["000100", "000200"])]),
    );
  });

  it("reports both results, and never ranks them together", async () => {
    const section = (await here.show(REPORT)).split(/^## /m).at(-1) ?? "";
    const rows = section.split("\n").filter((line) => line.startsWith("| `0001b-s42`"));
    expect(rows.find((line) => line.includes("(attempt 2, 200 steps, resumed from step 100)"))).toMatch(
      /\| finished +\| +200 \|/,
    );
    expect(rows.find((line) => !line.includes("attempt 2"))).toMatch(/\| finished +\| +100 \|/);
    expect(section).toContain(
      "`0001b-s42`, attempt 2 of 2, resumed from step 100: finished, step 200 of 200",
    );
    // The comparisons are those of the two results that were trained in one go to 100 steps.
    const compared = section.split("### Comparisons")[1]?.split("###")[0] ?? "";
    expect(compared.match(/^\| `.*/gm)).toEqual([
      expect.stringMatching(/^\| `0001a-s42` +\| `0001b-s42` /),
      expect.stringMatching(/^\| `0001b-s42` +\| `0001a-s42` /),
    ]);
    expect(section).toContain("`details` steps 200 (100), resumed_at 100 (0)");
  });
});

describe.skipIf(!THOROUGH)(`trainers that are killed between two checkpoints${SHORTENED}`, () => {
  let here: Lab;
  beforeAll(async () => {
    here = await labWithCheckpoints(60);
    await untilSaved(here, "000040", 2);
    const [lost = ""] = (await outputs(here)).filter((folder) => folder.includes("strict"));
    expect(await here.killTrainers()).toBe(2);
    await rm(join(lost, "checkpoints"), { recursive: true });
    await here.github.idle();
  }, 180_000);
  afterAll(() => here.close());

  it("go on from the last one in the next attempt: one run, one whole curve", async () => {
    const [first, second, ...more] = await claimsOf(here, "0001a-s42");
    const runId = first?.run_id ?? "";
    expect(second).toMatchObject({ attempt: 2, resume: { attempt: 1, run_id: runId } });
    expect(more).toEqual([]);
    expect(await outcomeOf(here, "0001a-s42-1")).toMatchObject({ outcome: "interrupted", signal: "SIGKILL" });
    const outcome = await outcomeOf(here, "0001a-s42-2");
    expect(outcome).toMatchObject({
      outcome: "finished",
      run_id: runId,
      steps: 100,
      resumed_from: { attempt: 1 },
    });
    expect(outcome.resumed_from?.step).toBeGreaterThanOrEqual(40);
    expect(outcome.curves["train/loss"]?.steps).toEqual(grid(100));
    expect(here.wandb.runs.get(second?.run_id ?? "")).toBeUndefined();
    expect((await outputs(here)).filter((folder) => folder.includes("balanced"))).toHaveLength(1);
    expect(await here.show(REPORT)).toMatch(
      /`0001a-s42`, attempt 2 of 2, resumed from step \d+: finished, step 100 of 100/,
    );
  });

  it("begin anew where the box lost their checkpoints, and the job says so", async () => {
    const [first, second] = await claimsOf(here, "0001b-s42");
    expect(second).toMatchObject({ attempt: 2, resume: { attempt: 1, run_id: first?.run_id } });
    const outcome = await outcomeOf(here, "0001b-s42-2");
    expect(outcome).toMatchObject({ outcome: "finished", run_id: second?.run_id, resumed_from: null });
    expect(outcome.curves["train/loss"]?.steps).toEqual(grid(100));
    expect(here.wandb.runs.rows(second?.run_id ?? "").map((row) => Number(row["_step"]))).toEqual(grid(100));
    expect(await logs(here)).toMatch(/0001b-s42-2: it begins anew, because .*checkpoint/);
    expect(await here.show(REPORT)).toContain("`0001b-s42`, attempt 2 of 2: finished, step 100 of 100");
  });
});

/** What all jobs printed. */
async function logs(here: Lab): Promise<string> {
  const files = [...here.github.state.runs.values()].flatMap(({ jobs }) =>
    jobs.flatMap(({ logFile }) => logFile ?? []),
  );
  return (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("");
}

async function untilSaved(here: Lab, name: string, count: number): Promise<void> {
  for (let looks = 0; looks < 1_200; looks += 1) {
    const saved = await Promise.all((await outputs(here)).map(checkpointsIn));
    if (saved.filter((names) => names.includes(name)).length >= count) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error(`No ${count} trainings ever saved ${name}`);
}
