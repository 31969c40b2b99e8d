import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startWandb } from "../../src/embedded/wandb/server.ts";
import type { Outcome } from "../../src/rounds/outcome.ts";
import { grid, type ResumeScene, resumeScene } from "./resume-scene.ts";
import { tinyTrainer } from "./tap/programs.ts";

let program = "";
beforeAll(async () => {
  program = await tinyTrainer();
});
afterAll(() => rmSync(dirname(program), { recursive: true, force: true }));

const FIRST = { attempt: 1, runId: "a123456789" };
const SECOND = { attempt: 2, runId: "b123456789", resume: FIRST };

const stepsOf = (outcome: Outcome | undefined, key: string) => outcome?.curves[key]?.steps;
const checkpoints = (at: ResumeScene) => join(at.record(1).output_dir, "checkpoints");
const weights = (at: ResumeScene, step: string) =>
  join(checkpoints(at), step, "pretrained_model/model.safetensors");

/** Changes what lies on the disk as JSON. */
function edit(path: string, change: (document: Record<string, unknown>) => void): void {
  const document = JSON.parse(readFileSync(path, "utf8"));
  change(document);
  writeFileSync(path, JSON.stringify(document));
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

  it("on W&B continues the run that it began", async () => {
    const wandb = await startWandb({ entity: "lab", apiKeys: ["k".repeat(40)] });
    onTestFinished(() => wandb.close());
    const environment = { WANDB_API_KEY: "k".repeat(40), WANDB_BASE_URL: wandb.url };
    const at = resumeScene(onTestFinished, { program, environment });
    const settings = { wandb: { entity: "lab", project: "p", mode: "online" } } as const;
    await at.attempt({ ...FIRST, steps: 60 }, { settings });
    const { outcomes } = await at.attempt(SECOND, { settings });
    expect(outcomes).toMatchObject([
      { outcome: "finished", run_id: "a123456789", resumed_from: { step: 60 } },
    ]);
    expect(wandb.runs.rows("a123456789").map((row) => Number(row["_step"]))).toEqual(grid(100));
    expect(wandb.runs.get("b123456789")).toBeUndefined();

    // W&B has forgotten the run: that attempt fails, and the next one does not try it a third time.
    wandb.runs.rows("a123456789");
    const other = await startWandb({ entity: "lab", apiKeys: ["k".repeat(40)] });
    onTestFinished(() => other.close());
    const elsewhere = resumeScene(onTestFinished, {
      program,
      environment: { ...environment, WANDB_BASE_URL: other.url },
    });
    cpSync(at.settings.stateDir, elsewhere.settings.stateDir, { recursive: true });
    for (const attempt of [1, 2]) moveRecord(elsewhere, { attempt, from: at.settings.stateDir });
    const third = {
      ...SECOND,
      attempt: 3,
      runId: "c123456789",
      steps: 140,
      resume: { ...FIRST, attempt: 2 },
    };
    const failed = await elsewhere.attempt(third, { settings });
    expect(failed.outcomes).toMatchObject([
      { outcome: "failed", reason: "wandb-error", steps: 100, resumed_from: { attempt: 2, step: 100 } },
    ]);
    const fourth = { ...third, attempt: 4, runId: "d123456789", resume: { attempt: 3, runId: "c123456789" } };
    const anew = await elsewhere.attempt(fourth, { settings });
    expect(anew.outcomes).toMatchObject([{ outcome: "finished", run_id: "d123456789", resumed_from: null }]);
    expect(elsewhere.notes.at(-1)).toBe(
      "0001a-s42-4: it begins anew, because going on from step 100 failed before",
    );
  });
});

/** A state folder that was moved with everything in it. */
function moveRecord(at: ResumeScene, { attempt, from }: { attempt: number; from: string }): void {
  const move = (path: string) =>
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(from, at.settings.stateDir));
  move(at.recordFile(attempt));
  for (const name of readdirSync(checkpoints(at)))
    move(join(checkpoints(at), name, "pretrained_model/train_config.json"));
}

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

  it("before its trainer was started loses nothing", async () => {
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

describe("an attempt that cannot be gone on with begins anew and says why", () => {
  const begunAnew = async (
    at: ResumeScene,
    why: string,
    given: Parameters<ResumeScene["attempt"]>[0] = {},
  ) => {
    const { outcomes } = await at.attempt({ ...SECOND, ...given });
    expect(outcomes.at(-1)).toMatchObject({ outcome: "finished", run_id: "b123456789", resumed_from: null });
    expect(at.notes).toContain(`0001a-s42-2: it begins anew, because ${why}`);
    expect(at.outputs()).toContain("act_fr3_ot_r0001a_mass-up_3f9c2d-s42-a2");
  };

  it("when the machine does not know it", async () => {
    const at = resumeScene(onTestFinished, { program });
    await begunAnew(at, "attempt 1 was not trained on this machine", { steps: 20 });
  });

  it("when it was stopped before its first checkpoint", async () => {
    const at = resumeScene(onTestFinished, { program });
    await at.attempt(FIRST, { killAt: 10 });
    await begunAnew(at, "it left no checkpoint", { steps: 20 });
  });

  it("when the approved configuration is another one", async () => {
    const at = resumeScene(onTestFinished, { program });
    await at.attempt({ ...FIRST, steps: 20 });
    const config = { ...at.job().config, num_workers: 1 };
    await begunAnew(at, "it was trained with another configuration than the approved one", {
      config,
      configBytes: Buffer.from(JSON.stringify(config)),
    });
  });

  it("when it ended with NaN, or died with NaN before anybody saw it", async () => {
    const at = resumeScene(onTestFinished, {
      program,
      environment: { TINY_NAN_AT: "45", TINY_STEP_MS: "10" },
    });
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

  it("when its weights are not finite although its outcome says nothing of it", async () => {
    const at = resumeScene(onTestFinished, { program });
    await at.attempt({ ...FIRST, steps: 40 });
    const path = weights(at, "000040");
    const bytes = readFileSync(path);
    bytes.writeDoubleLE(Number.NaN, bytes.length - 80);
    writeFileSync(path, bytes);
    await begunAnew(at, "the weights that it saved at step 40 are not finite");
  });

  it.each<[string, (at: ResumeScene) => void]>([
    [
      "the trainer's clone is at another commit by now",
      (at) =>
        edit(at.recordFile(1), (r) => Object.assign(r["conditions"] ?? {}, { fork_commit: "f".repeat(40) })),
    ],
    ["the pair data have changed since", (at) => writeFileSync(join(at.cwd, "data/pair_info.json"), "{ }")],
    [
      "it was trained under other conditions",
      (at) => edit(at.recordFile(1), (r) => Object.assign(r, { log_freq: 25 })),
    ],
    ["nothing tells how it ended", (at) => rmSync(at.outcomeFile(1))],
    ["attempt 0001a-s42-7 still trains in its folder", (at) => anotherAttempt(at)],
    ["its checkpoint is at step 40, beyond the 20 that are wanted", () => undefined],
    [
      "its last checkpoint is there, but nothing shows how it was trained",
      (at) => edit(at.outcomeFile(1), (outcome) => Object.assign(outcome, { steps: 10 })),
    ],
    [
      "its process may still be there",
      (at) => edit(at.outcomeFile(1), (o) => Object.assign(o, { reason: "stuck" })),
    ],
    [
      "it logged to another W&B project or in another mode",
      (at) =>
        edit(join(checkpoints(at), "last/pretrained_model/train_config.json"), (saved) =>
          Object.assign(saved["wandb"] ?? {}, { mode: "online" }),
        ),
    ],
    [
      "none of its checkpoints is complete",
      (at) => {
        for (const step of ["000020", "000040"]) truncateSync(weights(at, step), 2_000);
      },
    ],
  ])("when %s", async (why, spoil) => {
    const at = resumeScene(onTestFinished, { program, environment: { TINY_STEP_MS: "0" } });
    await at.attempt({ ...FIRST, steps: 40 });
    spoil(at);
    await begunAnew(at, why, { steps: why.includes("beyond") ? 20 : 40 });
  });

  /** Of a launcher that lives: this process itself. */
  function anotherAttempt(at: ResumeScene): void {
    const locks = join(at.settings.stateDir, "attempts");
    mkdirSync(locks, { recursive: true });
    const record = { ...at.record(1), attempt: 7, state: "running", remote: REMOTE };
    writeFileSync(join(locks, "0001a-s42-7.json"), JSON.stringify(record));
  }
  const REMOTE = { executor: "slurm", name: "autoloop-x", folder: "/x", job: "1", gpu: false };
});

describe("a checkpoint that was being written", () => {
  it("is passed over for the one before, also where `last` is missing", async () => {
    const at = resumeScene(onTestFinished, { program });
    await at.attempt({ ...FIRST, steps: 60 });
    rmSync(join(checkpoints(at), "last"));
    truncateSync(weights(at, "000060"), 5_000);
    const { outcomes } = await at.attempt(SECOND);
    expect(outcomes).toMatchObject([
      { outcome: "finished", steps: 100, resumed_from: { attempt: 1, step: 40 } },
    ]);
    expect(stepsOf(outcomes[0], "train/loss")).toEqual(grid(100));
    expect(at.record(2).resumed?.checkpoint).toMatch(/000040\/pretrained_model\/train_config\.json$/);
  });
});
