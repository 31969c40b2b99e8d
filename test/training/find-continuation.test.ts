import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findContinuation } from "../../src/training/resume.ts";
import type { WandbSettings } from "../../src/training/trainer-command.ts";
import type { TrialJob } from "../../src/training/trial-job.ts";
import {
  checkpoints,
  edit,
  FIRST,
  moveState,
  type ResumeScene,
  resumeScene,
  SECOND,
} from "./resume-scene.ts";
import { tinyTrainer } from "./tap/programs.ts";

let program = "";
beforeAll(async () => {
  program = await tinyTrainer();
});
afterAll(() => rmSync(dirname(program), { recursive: true, force: true }));

const ONLINE = { entity: "lab", project: "p", mode: "online" } as const;
const weights = (at: ResumeScene, step: string) =>
  join(checkpoints(at), step, "pretrained_model/model.safetensors");
const savedConfig = (at: ResumeScene) => join(checkpoints(at), "last/pretrained_model/train_config.json");

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
  function find(
    spoil: (at: ResumeScene) => void,
    given: Partial<TrialJob> = {},
    resume = FIRST,
    wandb: WandbSettings = trained.settings.wandb,
  ) {
    const at = resumeScene(onTestFinished, { program });
    moveState(trained, at);
    spoil(at);
    return findContinuation({
      job: at.job({ ...SECOND, ...given }),
      resume,
      stateDir: at.settings.stateDir,
      wandb,
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
    ["the file that tells how it ended cannot be read", (at) => truncateSync(at.outcomeFile(1), 100)],
    ["the file that tells how it ended cannot be read", outcome({ schema: "autoloop/outcome@9" })],
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

  it("asks the newest attempt that ended in the folder how it was left", async () => {
    const third = { attempt: 3, runId: "c123456789", steps: 40 };
    const later = (attempt: number, change: object) => (at: ResumeScene) => {
      writeFileSync(at.recordFile(attempt), JSON.stringify({ ...at.record(1), attempt }));
      const told = JSON.parse(readFileSync(at.outcomeFile(1), "utf8"));
      outcome({ steps: 10 })(at);
      writeFileSync(at.outcomeFile(attempt), JSON.stringify({ ...told, attempt, ...change }));
    };
    expect(await find(later(2, {}), third)).toMatchObject({
      runId: "a123456789",
      resumed: { attempt: 2, step: 40, complete: true },
    });
    expect(await find(later(2, { outcome: "invalid", reason: "exploded" }), third)).toBe(
      "it ended invalid (exploded)",
    );
    const elsewhere = (at: ResumeScene) => {
      later(2, {})(at);
      edit(at.recordFile(2), (record) => Object.assign(record, { output_dir: "/elsewhere" }));
    };
    expect(await find(elsewhere, third)).toBe(
      "its last checkpoint is there, but nothing shows how it was trained",
    );
  });

  it("refuses the run of another repository", async () => {
    expect(await find(() => undefined, {}, { attempt: 1, runId: "a000000000" })).toBe("it was another run");
  });

  it("goes on online only where W&B has the run, offline in any case", async () => {
    const stood =
      (mode: string, project = "p") =>
      (at: ResumeScene) =>
        edit(savedConfig(at), (saved) => Object.assign(saved["wandb"] ?? {}, { mode, project }));
    const online = ONLINE;
    const unknown = "W&B does not know its run under this project";
    expect(await find(stood("online"), {}, FIRST, online)).toMatchObject({ runId: "a123456789" });
    expect(await find(stood("offline"), {}, FIRST, online)).toBe(unknown);
    expect(await find(stood("online", "other"), {}, FIRST, online)).toBe(unknown);
    expect(await find(stood("online"))).toMatchObject({ runId: "a123456789" });
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
