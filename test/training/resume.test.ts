import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startWandb } from "../../src/embedded/wandb/server.ts";
import type { Outcome } from "../../src/rounds/outcome.ts";
import { SlurmSettings } from "../../src/training/executors/slurm-settings.ts";
import { systemProcessTable } from "../../src/training/process-table.ts";
import { further } from "../acceptance/thorough.ts";
import { fakeSlurm } from "./executors/fake-slurm.ts";
import { launcherProcess } from "./executors/launcher.ts";
import { QUICK_REMOTE } from "./executors/slurm-scene.ts";
import { until } from "./real-ports.ts";
import { checkpoints, edit, FIRST, grid, moveState, resumeScene, SECOND } from "./resume-scene.ts";
import { tinyTrainer } from "./tap/programs.ts";
import { tapScene } from "./tap/tap-scene.ts";

let program = "";
beforeAll(async () => {
  program = await tinyTrainer();
});
afterAll(() => rmSync(dirname(program), { recursive: true, force: true }));

const stepsOf = (outcome: Outcome | undefined, key: string) => outcome?.curves[key]?.steps;

const KEY = "k".repeat(40);
const ONLINE = { wandb: { entity: "lab", project: "p", mode: "online" } } as const;
const onlineAt = (url: string) => ({ WANDB_API_KEY: KEY, WANDB_BASE_URL: url });

async function lab() {
  const wandb = await startWandb({ entity: "lab", apiKeys: [KEY] });
  onTestFinished(() => wandb.close());
  return wandb;
}

describe("an attempt whose trainer was killed", () => {
  it("is gone on with: same run, same folder, the same total of steps, one whole curve, finished once", async () => {
    const at = resumeScene(onTestFinished, { program });
    const killed = await at.attempt(FIRST, { killAt: 50 });
    expect(killed.outcomes).toMatchObject([{ outcome: "interrupted", reason: "signal", signal: "SIGKILL" }]);
    const { outcomes } = await at.attempt(SECOND);
    const [outcome] = outcomes;
    expect(outcome).toMatchObject({
      outcome: "finished",
      attempt: 2,
      run_id: "a123456789",
      steps: 100,
      resumed_from: { attempt: 1, step: 40 },
    });
    // The killed trainer's W&B file holds nothing: the beginning is known from its log.
    expect(stepsOf(outcome, "train/loss")).toEqual(grid(100));
    expect(stepsOf(outcome, "train/ot_pi_sum")).toEqual([50, 60, 70, 80, 90, 100]);
    expect(at.notes).toContain("0001a-s42-2: it goes on with attempt 1 from step 40");
    expect(at.outputs()).toEqual(["act_fr3_ot_r0001a_mass-up_3f9c2d-s42-a1"]);
    expect(readdirSync(checkpoints(at)).toSorted()).toEqual([
      "000020",
      "000040",
      "000060",
      "000080",
      "000100",
      "last",
    ]);
    const again = await at.attempt(SECOND);
    expect(again.notRun).toMatchObject([{ attempt: 2, why: "this attempt has an outcome already" }]);
  });

  it.each([
    ["trained to its end", 100],
    ["cut short as well", 80],
  ])(
    "is gone on with past one that was %s, and never reported in time to be asked for itself",
    async (_, end) => {
      const at = resumeScene(onTestFinished, { program });
      await at.attempt(FIRST, { killAt: 50 });
      await at.attempt({ ...SECOND, steps: end });
      const third = { attempt: 3, runId: "c123456789", resume: FIRST };
      const { outcomes } = await at.attempt(third);
      expect(outcomes).toMatchObject([
        { outcome: "finished", run_id: FIRST.runId, steps: 100, resumed_from: { attempt: 2, step: end } },
      ]);
      expect(stepsOf(outcomes[0], "train/loss")).toEqual(grid(100));
      expect(at.outputs()).toHaveLength(1);
    },
  );

  further("on W&B continues the run that it began", async () => {
    const wandb = await lab();
    const at = resumeScene(onTestFinished, { program, environment: onlineAt(wandb.url) });
    await at.attempt({ ...FIRST, steps: 60 }, { settings: ONLINE });
    const { outcomes } = await at.attempt(SECOND, { settings: ONLINE });
    expect(outcomes).toMatchObject([
      { outcome: "finished", run_id: "a123456789", resumed_from: { step: 60 } },
    ]);
    expect(wandb.runs.rows("a123456789").map((row) => Number(row["_step"]))).toEqual(grid(100));
    expect(wandb.runs.get("b123456789")).toBeUndefined();
  });

  further("whose run W&B does not know fails, and is not gone on with once more", async () => {
    const [wandb, other] = await Promise.all([lab(), lab()]);
    const at = resumeScene(onTestFinished, { program, environment: onlineAt(wandb.url) });
    await at.attempt({ ...FIRST, steps: 20 }, { settings: ONLINE });
    const elsewhere = resumeScene(onTestFinished, { program, environment: onlineAt(other.url) });
    moveState(at, elsewhere);
    const failed = await elsewhere.attempt({ ...SECOND, steps: 40 }, { settings: ONLINE });
    expect(failed.outcomes).toMatchObject([
      { outcome: "failed", reason: "wandb-error", steps: 20, resumed_from: { attempt: 1, step: 20 } },
    ]);
    const third = { attempt: 3, runId: "c123456789", resume: { attempt: 2, runId: "b123456789" }, steps: 40 };
    const anew = await elsewhere.attempt(third, { settings: ONLINE });
    expect(anew.outcomes).toMatchObject([{ outcome: "finished", run_id: "c123456789", resumed_from: null }]);
    expect(elsewhere.notes.at(-1)).toBe(
      "0001a-s42-3: it begins anew, because going on from step 20 failed before",
    );
  });
});

describe("a finished attempt", () => {
  it("is extended to a new total, with every row of both parts", async () => {
    const at = resumeScene(onTestFinished, { program });
    await at.attempt({ ...FIRST, steps: 60 });
    const { outcomes } = await at.attempt({ ...SECOND, steps: 120 });
    expect(outcomes).toMatchObject([
      { outcome: "finished", steps: 120, resumed_from: { attempt: 1, step: 60 } },
    ]);
    for (const key of ["train/loss", "train/ot_pi_sum"]) expect(stepsOf(outcomes[0], key)).toEqual(grid(120));
    expect(stepsOf(outcomes[0], "eval/offline_eval/avg_l1")).toEqual([50, 100]);
  });

  it("that only lacks its outcome is finished without a step", async () => {
    const at = resumeScene(onTestFinished, { program });
    await at.attempt(FIRST);
    // As a launcher leaves it that is killed between the trainer's end and the outcome.
    rmSync(at.outcomeFile(1));
    edit(at.recordFile(1), (record) => {
      record["state"] = "running";
    });
    const { outcomes } = await at.attempt(SECOND);
    expect(outcomes).toMatchObject([
      { attempt: 1, outcome: "interrupted", reason: "launcher-lost", steps: 100 },
      { attempt: 2, outcome: "finished", steps: 100, resumed_from: { attempt: 1, step: 100 } },
    ]);
    expect(stepsOf(outcomes[1], "train/loss")).toEqual(grid(100));
  });
});

describe("a resumed attempt that is cut short itself", () => {
  it("is gone on with by the next one, in the first one's folder and run", async () => {
    const at = resumeScene(onTestFinished, { program });
    await at.attempt(FIRST, { killAt: 30 });
    const cut = await at.attempt(SECOND, { killAt: 70 });
    expect(cut.outcomes).toMatchObject([
      { outcome: "interrupted", run_id: "a123456789", resumed_from: { attempt: 1, step: 20 } },
    ]);
    // The ledger may know the claim's run or the one that was used.
    for (const runId of ["a123456789", "b123456789"]) {
      const attempt = runId.startsWith("a") ? 3 : 4;
      const resume = runId.startsWith("a") ? { attempt: 2, runId } : { attempt: 3, runId: "c123456789" };
      const { outcomes } = await at.attempt({ attempt, runId: "c123456789", resume });
      expect(outcomes).toMatchObject([{ outcome: "finished", run_id: "a123456789", steps: 100 }]);
      expect(stepsOf(outcomes[0], "train/loss")).toEqual(grid(100));
    }
  });

  further("before its trainer was started loses nothing", async () => {
    const at = resumeScene(onTestFinished, { program });
    await at.attempt(FIRST, { killAt: 50 });
    await at.attempt({ ...SECOND, steps: 60 });
    // As if the launcher had been killed right after the record.
    rmSync(at.outcomeFile(2));
    edit(at.recordFile(2), (record) => Object.assign(record, { state: "starting", trainer: null }));
    rmSync(join(at.settings.stateDir, "logs/0001a-s42-a2.log"));
    const { outcomes } = await at.attempt({
      attempt: 3,
      runId: "c123456789",
      resume: { attempt: 2, runId: "b123456789" },
    });
    expect(outcomes).toMatchObject([
      { attempt: 2, outcome: "interrupted", steps: 40, resumed_from: { attempt: 1, step: 40 } },
      { attempt: 3, outcome: "finished", run_id: "a123456789", resumed_from: { attempt: 2, step: 60 } },
    ]);
  });
});

describe("a launcher that is killed while it goes on with an attempt", () => {
  further(
    "leaves a trainer that the next start finds by its checkpoint and ends, and nothing is lost",
    async () => {
      const at = resumeScene(onTestFinished, { program, environment: { TINY_STEP_MS: "10" } });
      await at.attempt(FIRST, { killAt: 50 });
      const { folder, settings } = at;
      // It is silent from there on: writing to nobody would end it.
      const environment = { ...at.environment, TINY_HANG_AT: "71" };
      const jobs = [at.job({ ...SECOND, steps: 10_000 })];
      const killed = await launcherProcess({ folder, settings, jobs, environment });
      await until("it trains", () => killed.output().includes("0001a-s42 70\n"));
      killed.child.kill("SIGKILL");
      await killed.ended;
      // As if the pid had not been written down yet.
      edit(at.recordFile(2), (record) => Object.assign(record, { state: "starting", trainer: null }));
      const third = { attempt: 3, runId: "c123456789", resume: { attempt: 2, runId: "b123456789" } };
      const { outcomes } = await at.attempt({ ...third, steps: 120 });
      expect(outcomes).toMatchObject([
        {
          attempt: 2,
          outcome: "interrupted",
          reason: "launcher-lost",
          resumed_from: { attempt: 1, step: 40 },
        },
        { attempt: 3, outcome: "finished", run_id: "a123456789", steps: 120 },
      ]);
      expect(outcomes[0]?.evidence).toEqual({ trainer: "was still running" });
      expect(stepsOf(outcomes[1], "train/loss")).toEqual(grid(120));
      const argument = `--config_path=${at.record(2).resumed?.checkpoint}`;
      expect(await systemProcessTable().withArgument(argument)).toEqual([]);
    },
  );
});

describe("an attempt that logs through a tap", () => {
  further("goes on with its run on W&B", async () => {
    const { tap, wandb } = await tapScene(onTestFinished);
    const at = resumeScene(onTestFinished, { program });
    await at.attempt({ ...FIRST, steps: 40 }, { tap });
    const { outcomes } = await at.attempt({ ...SECOND, steps: 80 }, { tap });
    expect(outcomes).toMatchObject([{ outcome: "finished", resumed_from: { step: 40 } }]);
    expect(wandb.runs.rows("a123456789").map((row) => Number(row["_step"]))).toEqual(grid(80));
  });

  further("goes on in its file where W&B stands behind no tap", async () => {
    const { tap } = await tapScene(onTestFinished, { upstream: null });
    const at = resumeScene(onTestFinished, { program });
    await at.attempt({ ...FIRST, steps: 40 }, { tap });
    const { outcomes } = await at.attempt({ ...SECOND, steps: 80 }, { tap });
    expect(outcomes).toMatchObject([{ outcome: "finished", resumed_from: { step: 40 }, run_url: null }]);
    expect(stepsOf(outcomes[0], "train/ot_pi_sum")).toEqual(grid(80));
  });
});

describe("an attempt in Slurm", () => {
  function withSlurm(environment: Readonly<Record<string, string>>) {
    const at = resumeScene(onTestFinished, { program, environment });
    const slurm = fakeSlurm(at.folder, join(at.folder, "bin"));
    onTestFinished(() => slurm.end());
    const supervision = { ...at.settings.supervision, remote: QUICK_REMOTE };
    return { at, settings: { ...at.settings, slurm: SlurmSettings.parse({}), supervision } };
  }

  further("goes on with one that was trained before, here or there", async () => {
    const { at, settings } = withSlurm({});
    await at.attempt(FIRST, { killAt: 50 });
    const { outcomes } = await at.attempt({ ...SECOND, steps: 60 }, { settings });
    expect(outcomes).toMatchObject([
      { outcome: "finished", run_id: "a123456789", steps: 60, resumed_from: { attempt: 1, step: 40 } },
    ]);
    expect(stepsOf(outcomes[0], "train/loss")).toEqual(grid(60));
    const third = { attempt: 3, runId: "c123456789", resume: { attempt: 2, runId: "b123456789" } };
    const more = await at.attempt({ ...third, steps: 100 }, { settings });
    expect(more.outcomes).toMatchObject([{ outcome: "finished", steps: 100, resumed_from: { step: 60 } }]);
    expect(stepsOf(more.outcomes[0], "train/loss")).toEqual(grid(100));
  });

  further("waits for the end of the job that it goes on with, whose launcher was killed", async () => {
    const { at, settings } = withSlurm({ TINY_STEP_MS: "30" });
    const { folder, environment } = at;
    const jobs = [at.job({ ...FIRST, steps: 10_000 })];
    const killed = await launcherProcess({ folder, settings, jobs, environment });
    await until("it trains", () => killed.output().includes("0001a-s42 30\n"));
    killed.child.kill("SIGKILL");
    await killed.ended;
    const { outcomes } = await at.attempt({ ...SECOND, steps: 10_000 }, { settings, stopAfter: 1 });
    const [first, second] = outcomes.toSorted((a, b) => a.attempt - b.attempt);
    expect(first).toMatchObject({ attempt: 1, outcome: "interrupted", evidence: { superseded: true } });
    expect(second).toMatchObject({ attempt: 2, run_id: "a123456789", resumed_from: { attempt: 1 } });
    expect(second?.steps).toBeGreaterThan(second?.resumed_from?.step ?? 0);
  });

  it("waits as well for the end of a later job in the same folder, which was given up", async () => {
    const { at, settings } = withSlurm({ TINY_STEP_MS: "30" });
    const { folder, environment } = at;
    await at.attempt({ ...FIRST, steps: 10_000 }, { killAt: 30 });
    const jobs = [at.job({ ...SECOND, steps: 10_000 })];
    const killed = await launcherProcess({ folder, settings, jobs, environment });
    await until("it trains", () => killed.output().includes("0001a-s42 50\n"));
    killed.child.kill("SIGKILL");
    await killed.ended;
    const third = { attempt: 3, runId: "c123456789", resume: FIRST, steps: 10_000 };
    const { outcomes } = await at.attempt(third, { settings, stopAfter: 1 });
    expect(outcomes.toSorted((a, b) => a.attempt - b.attempt)).toMatchObject([
      { attempt: 2, outcome: "interrupted", evidence: { superseded: true } },
      { attempt: 3, run_id: FIRST.runId, resumed_from: { attempt: 2 } },
    ]);
  });
});

describe("an attempt that cannot be gone on with", () => {
  it("is left alone: the next one begins anew in a folder of its own and says why", async () => {
    const at = resumeScene(onTestFinished, { program });
    await at.attempt({ ...FIRST, steps: 20 });
    const config = { ...at.job().config, num_workers: 1 };
    const changed = { config, configBytes: Buffer.from(JSON.stringify(config)) };
    const { outcomes } = await at.attempt({ ...SECOND, ...changed, steps: 20 });
    expect(outcomes).toMatchObject([{ outcome: "finished", run_id: "b123456789", resumed_from: null }]);
    const why = "it was trained with another configuration than the approved one";
    expect(at.notes).toContain(`0001a-s42-2: it begins anew, because ${why}`);
    expect(at.outputs()).toEqual(["1", "2"].map((n) => `act_fr3_ot_r0001a_mass-up_3f9c2d-s42-a${n}`));
  });

  further("counts as invalid when it died with NaN before anybody saw it", async () => {
    const environment = { TINY_NAN_AT: "45", TINY_STEP_MS: "10" };
    const at = resumeScene(onTestFinished, { program, environment });
    const { outcomes } = await at.attempt(FIRST);
    expect(outcomes).toMatchObject([{ outcome: "invalid", reason: "non-finite" }]);
    rmSync(at.outcomeFile(1));
    edit(at.recordFile(1), (record) => {
      record["state"] = "running";
    });
    const next = await at.attempt({ ...SECOND, steps: 20 });
    expect(next.outcomes[0]).toMatchObject({ attempt: 1, outcome: "invalid", reason: "non-finite" });
    expect(at.notes).toContain("0001a-s42-2: it begins anew, because it ended invalid (non-finite)");
  });
});
