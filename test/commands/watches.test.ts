import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { watchesFor } from "../../src/commands/watches.ts";
import { foldLedger } from "../../src/rounds/history.ts";
import { parseSettings } from "../../src/settings.ts";
import type { BegunWith } from "../../src/training/launch-options.ts";
import type { Clock } from "../../src/training/ports.ts";
import { exampleConfig } from "../judgement/example-run.ts";
import { scratch } from "../training/real-ports.ts";
import { knownConditions, trialJob } from "../training/trial-jobs.ts";
import { record, wandbFile } from "../wire/wandb-writer.ts";

const job = trialJob({ config: exampleConfig() });
const begun: BegunWith = { conditions: knownConditions, resumed: null };
const control = trialJob({ trial: "0001b-s42", config: exampleConfig({ lambda: 0 }) });

/** A trainer that ends after its guard has waited ten times; no time passes. */
function shortTraining(): { clock: Clock; ended: AbortSignal } {
  const end = new AbortController();
  let waited = 0;
  const sleep = async (): Promise<void> => {
    waited += 1;
    if (waited === 10) end.abort();
  };
  return { clock: { now: () => 0, steady: () => 0, sleep }, ended: end.signal };
}

async function lookout(text: string, live: Parameters<typeof watchesFor>[0]["live"] = null) {
  const said: string[] = [];
  let training = shortTraining();
  const { watchesOf, guardsOf } = await watchesFor(
    {
      settings: parseSettings({ path: "autoloop.yml", text }),
      live,
      progress: { say: (line) => said.push(line) },
      ledger: { readOutcomes: async () => new Map() },
      forge: { reader: { blobs: async () => new Map() } },
    },
    {
      ledger: { commit: null, texts: new Map(), events: [], outcomes: new Map() },
      history: foldLedger([]),
      clock: { now: () => 0, steady: () => 0, sleep: (ms) => training.clock.sleep(ms) },
    },
  );
  return {
    said,
    counts: (of = job) => [
      watchesOf(of, begun).length,
      guardsOf(of, { runId: of.runId, outputDir: "/nowhere" }).length,
    ],
    /** What the guards say of one training. */
    guard: async (outputDir: string) => {
      training = shortTraining();
      const running = { pid: 1, ended: training.ended, lastOutput: () => 0 };
      return Promise.all(guardsOf(job, { runId: job.runId, outputDir }).map((one) => one(running)));
    },
  };
}

describe("what looks after a trial", () => {
  it.each([
    ["by default: gradients, and OT by a look at W&B", "", [1, 1], [1, 0]],
    ["with the tap: OT by its rows", "trainer: { tap: true }", [2, 0], [1, 0]],
    ["in Slurm, which cannot reach the tap", "trainer: { tap: true }\nexecutor: slurm", [1, 1], [1, 0]],
    ["without the OT check", "watchdog: { ot: { enabled: false } }", [1, 0], [1, 0]],
    ["without gradients", "watchdog: { gradient: { enabled: false } }", [0, 1], [0, 0]],
    ["by the median of all", "watchdog: { hopeless: { by: median } }", [3, 1], [3, 0]],
    ["by rungs", "watchdog: { hopeless: { by: asha } }", [3, 1], [3, 0]],
    ["by nobody else", "watchdog: { hopeless: { enabled: false, by: asha } }", [1, 1], [1, 0]],
  ])("%s", async (_, text, wanted, ofControl) => {
    const { counts } = await lookout(text);
    expect(counts()).toEqual(wanted);
    expect(counts(control)).toEqual(ofControl);
  });
});

describe("the OT values of a trial without the tap", () => {
  const steps = Array.from({ length: 10 }, (_, index) => 50 * (index + 1));
  const dead = { outcome: "stopped", reason: "ot-dead", evidence: { step: 500 } };
  const away = async (): Promise<never> => {
    throw new Error("no answer in time");
  };

  async function outputWithFile(): Promise<string> {
    const folder = scratch(onTestFinished);
    const run = join(folder, "wandb", "run-20260102_030405-a123456789");
    await mkdir(run, { recursive: true });
    const rows = steps.map((step) => record.history(step, { "train/ot_pi_sum": 1e-9 }));
    await writeFile(join(run, "run-a123456789.wandb"), wandbFile([record.header(), ...rows]));
    return folder;
  }

  it("are read from W&B", async () => {
    const asked: number[] = [];
    const { guard, said } = await lookout("", async ({ runId, after }) => {
      asked.push(after);
      const values = new Map([["train/ot_pi_sum", 1e-9]]);
      const fresh = runId === job.runId ? steps.filter((step) => step > after) : [];
      return fresh.slice(0, 4).map((step) => ({ step, values }));
    });
    expect(await guard("/nowhere")).toMatchObject([dead]);
    expect(asked).toEqual([-1, 200, 400]);
    expect(said).toEqual([]);
  });

  it("are read from the SDK's file when W&B does not answer, which is said once", async () => {
    const { guard, said } = await lookout("", away);
    const folder = await outputWithFile();
    expect(await guard(folder)).toMatchObject([dead]);
    expect(await guard(folder)).toMatchObject([dead]);
    expect(said).toEqual([expect.stringContaining("(no answer in time)")]);
  });

  it("are read from that file alone when the trainer is offline", async () => {
    const { guard, said } = await lookout("trainer: { wandb_mode: offline }", away);
    expect(await guard(await outputWithFile())).toMatchObject([dead]);
    expect(said).toEqual([]);
  });

  it("cannot be seen where nothing is written, which is said once", async () => {
    const { guard, said } = await lookout("trainer: { wandb_mode: offline }");
    expect(await guard("/nowhere")).toEqual([null]);
    expect(await guard("/nowhere")).toEqual([null]);
    expect(said).toEqual([expect.stringContaining("`trainer.tap: true`")]);
  });
});
