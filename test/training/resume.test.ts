import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startWandb } from "../../src/embedded/wandb/server.ts";
import type { Outcome } from "../../src/rounds/outcome.ts";
import { findContinuation } from "../../src/training/resume.ts";
import type { TrialJob } from "../../src/training/trial-job.ts";
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

const KEY = "k".repeat(40);
const ONLINE = { wandb: { entity: "lab", project: "p", mode: "online" } } as const;
const onlineAt = (url: string) => ({ WANDB_API_KEY: KEY, WANDB_BASE_URL: url });

async function lab() {
  const wandb = await startWandb({ entity: "lab", apiKeys: [KEY] });
  onTestFinished(() => wandb.close());
  return wandb;
}

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

  it("whose run W&B does not know fails, and is not gone on with once more", async () => {
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

  it("counts as invalid when it died with NaN before anybody saw it", async () => {
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

describe("findContinuation", () => {
  let trained: ResumeScene;
  const after: (() => void)[] = [];
  beforeAll(async () => {
    trained = resumeScene((clean) => after.push(clean), { program, environment: { TINY_STEP_MS: "0" } });
    await trained.attempt({ ...FIRST, steps: 40 });
  });
  afterAll(() => {
    for (const clean of after) clean();
  });

  /** Of attempt 2, in a copy of what attempt 1 left, changed by `spoil`. */
  function find(spoil: (at: ResumeScene) => void, given: Partial<TrialJob> = {}, resume = FIRST) {
    const at = resumeScene(onTestFinished, { program });
    moveState(trained, at);
    spoil(at);
    return findContinuation({
      job: at.job({ ...SECOND, ...given }),
      resume,
      stateDir: at.settings.stateDir,
      wandb: at.settings.wandb,
      conditions: trained.record(1).conditions,
    });
  }

  it("finds folder, run and step", async () => {
    expect(await find(() => undefined)).toMatchObject({
      runId: "a123456789",
      resumed: { attempt: 1, step: 40, complete: false },
    });
    expect(await find(() => undefined, { steps: 40 })).toMatchObject({
      resumed: { step: 40, complete: true },
    });
  });

  const conditions = (name: string, value: unknown) => (at: ResumeScene) =>
    edit(at.recordFile(1), (record) => Object.assign(record["conditions"] ?? {}, { [name]: value }));
  const outcome = (change: object) => (at: ResumeScene) =>
    edit(at.outcomeFile(1), (document) => Object.assign(document, change));

  it.each<[string, (at: ResumeScene) => void, Partial<TrialJob>?]>([
    ["attempt 1 was not trained on this machine", (at) => rmSync(at.recordFile(1))],
    ["the trainer's clone is at another commit by now", conditions("fork_commit", "f".repeat(40))],
    ["the pair data have changed since", conditions("pair_data", "e".repeat(64))],
    ["it was trained under other conditions", () => undefined, { evalFreq: 25 }],
    ["nothing tells how it ended", (at) => rmSync(at.outcomeFile(1))],
    ["it ended invalid (exploded)", outcome({ outcome: "invalid", reason: "exploded" })],
    ["its loss was not finite", outcome({ curves: { "train/loss": { steps: [10], values: ["NaN"] } } })],
    ["its process may still be there", outcome({ outcome: "failed", reason: "stuck" })],
    [
      "going on from step 40 failed before",
      outcome({ outcome: "failed", reason: "exit", steps: 40, resumed_from: { attempt: 1, step: 40 } }),
    ],
    [
      "attempt 0001a-s42-7 still trains in its folder",
      (at) => {
        const record = { ...at.record(1), attempt: 7, state: "running" };
        writeFileSync(at.recordFile(7), JSON.stringify(record));
      },
    ],
    ["its checkpoint is at step 40, beyond the 20 that are wanted", () => undefined, { steps: 20 }],
    [
      "its last checkpoint is there, but nothing shows how it was trained",
      outcome({ steps: 10 }),
      { steps: 40 },
    ],
    [
      "its checkpoint belongs to another run",
      (at) => edit(savedConfig(at), (saved) => Object.assign(saved["wandb"] ?? {}, { run_id: "other" })),
    ],
    [
      "it logged to another W&B project or in another mode",
      (at) => edit(savedConfig(at), (saved) => Object.assign(saved["wandb"] ?? {}, { mode: "online" })),
    ],
    ["it left no checkpoint", (at) => rmSync(checkpoints(at), { recursive: true })],
    [
      "none of its checkpoints is complete",
      (at) => {
        for (const step of ["000020", "000040"]) truncateSync(weights(at, step), 2_000);
      },
    ],
    [
      "the weights that it saved at step 40 are not finite",
      (at) => {
        const bytes = readFileSync(weights(at, "000040"));
        bytes.writeDoubleLE(Number.NaN, bytes.length - 80);
        writeFileSync(weights(at, "000040"), bytes);
      },
    ],
  ])("refuses: %s", async (why, spoil, given) => {
    expect(await find(spoil, given)).toBe(why);
  });

  it("refuses the run of another repository", async () => {
    expect(await find(() => undefined, {}, { attempt: 1, runId: "a000000000" })).toBe("it was another run");
  });

  it("tries again after W&B was away", async () => {
    const line = "wandb.errors.errors.CommError: Timed out initializing run";
    const away = outcome({
      outcome: "failed",
      reason: "wandb-error",
      evidence: { line },
      steps: 40,
      resumed_from: { attempt: 1, step: 40 },
    });
    expect(await find(away)).toMatchObject({ runId: "a123456789" });
  });

  it("passes over a checkpoint that was being written, also where `last` is missing", async () => {
    const found = await find((at) => {
      rmSync(join(checkpoints(at), "last"));
      truncateSync(weights(at, "000040"), 5_000);
    });
    expect(found).toMatchObject({
      resumed: {
        step: 20,
        checkpoint: expect.stringMatching(/000020\/pretrained_model\/train_config\.json$/),
      },
    });
  });
});

/** The state folder of one scene as that of another, every path in it changed. */
function moveState(from: ResumeScene, to: ResumeScene): void {
  cpSync(from.settings.stateDir, to.settings.stateDir, { recursive: true, verbatimSymlinks: true });
  const move = (path: string) =>
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(from.folder, to.folder));
  move(to.recordFile(1));
  for (const name of readdirSync(checkpoints(to)).filter((one) => one !== "last"))
    move(join(checkpoints(to), name, "pretrained_model/train_config.json"));
}

const savedConfig = (at: ResumeScene) => join(checkpoints(at), "last/pretrained_model/train_config.json");
