import { existsSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRunFile } from "./run-file-reader.ts";
import { type Config, createBox, lastLine, readText, runFiles, type TrainerBox } from "./spawned-trainer.ts";

let box: TrainerBox;
beforeAll(async () => {
  box = await createBox();
});
afterAll(() => box.remove());

const SHORT = ["--steps=60", "--log_freq=20", "--eval_freq=40", "--job_name=short"];

/** Runs to the end and returns what a parent sees, with the run file of the last segment. */
async function run(name: string, { args = SHORT, env = {}, change }: RunOptions = {}) {
  const config = box.config(name, change);
  const ended = await box.start([config, `--output_dir=${name}`, ...args], env).ended;
  const file = runFiles(join(box.folder, name)).at(-1);
  return { ...ended, file: file === undefined ? undefined : readRunFile(file) };
}

interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly change?: (config: Config) => void;
}

describe("a trial", () => {
  it("ends with 0, one history row per log step with the evaluation merged in, and nothing on stdout", async () => {
    const { code, stdout, stderr, file } = await run("ok");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(lastLine(stderr)).toMatch(/End of training$/);
    expect(file?.history.map((row) => row["_step"])).toEqual(["20", "40", "60"]);
    expect(file?.history.map((row) => "eval/offline_eval/avg_l1" in row)).toEqual([false, true, false]);
    expect(file?.numbers).toEqual(file?.numbers.map((_, i) => i + 1));
    expect(file?.exitCode).toBe(0);
    expect(file?.tags).toEqual(["policy:act", "seed:42", "dataset:rehearsal/insert_tube_20ep"]);
    expect(JSON.parse(file?.config["ot"] ?? "")).toMatchObject({ bc_src_weight: 0.9, base_index_src: 0 });
    expect(file?.output.at(-1)).toBe(`${lastLine(stderr)}\n`);
  });

  it("logs the same series twice, timings apart", async () => {
    const strip = (file: Awaited<ReturnType<typeof run>>["file"]) =>
      file?.history.map((row) =>
        Object.entries(row).filter(([key]) => !/_s$|^_runtime|^_timestamp/.test(key)),
      );
    const [one, other] = await Promise.all([run("once"), run("twice")]);
    expect(strip(one.file)?.[0]?.length).toBeGreaterThan(15);
    expect(strip(one.file)).toEqual(strip(other.file));
  });

  it("writes the checkpoint layout and resumes from it to a new total", async () => {
    await run("long", { args: ["--steps=60", "--log_freq=20", "--eval_freq=20", "--save_freq=30"] });
    const out = join(box.folder, "long");
    expect(readdirSync(join(out, "checkpoints")).sort()).toEqual(["000030", "000060", "last"]);
    expect(readlinkSync(join(out, "checkpoints", "last"))).toBe("000060");
    const saved = JSON.parse(readText(out, "checkpoints/last/pretrained_model/train_config.json"));
    expect(saved.dataset.episodes).toHaveLength(18);
    expect(saved.wandb.run_id).toMatch(/^[a-z0-9]{8}$/);
    expect(JSON.parse(readText(out, "checkpoints/last/training_state/training_step.json"))).toEqual({
      step: 60,
    });

    const path = "--config_path=long/checkpoints/last/pretrained_model/train_config.json";
    const fresh = await box.start([path, "--steps=200"]).ended;
    expect(fresh.code).toBe(1);
    expect(lastLine(fresh.stderr)).toMatch(
      /^FileExistsError: Output directory long already exists and resume is False\./,
    );
    const more = await box.start([path, "--resume=true", "--steps=100"]).ended;
    expect(more).toMatchObject({ code: 0, stdout: "Loading weights from local directory\n" });
    const files = runFiles(out);
    expect(files).toHaveLength(2);
    expect(readRunFile(files[1] ?? "").history.map((row) => row["_step"])).toEqual(["80", "100"]);
    const before = Number(readRunFile(files[0] ?? "").history.at(-1)?.["train/loss"]);
    expect(Number(readRunFile(files[1] ?? "").history[0]?.["train/loss"])).toBeLessThan(before);

    const again = await box.start([path, "--resume=true", "--steps=100"]).ended;
    expect(again.code).toBe(0);
    expect(again.stderr).not.toMatch(/step:/);
    const space = await box.start(["--config_path", path.slice(14), "--resume=true", "--steps=200"]).ended;
    expect(space.code).toBe(1);
    expect(lastLine(space.stderr)).toMatch(/^ValueError: A config_path is expected when resuming a run/);
  });

  it("survives NaN: two error lines per bad step, exit 0, a checkpoint, mass exactly 1", async () => {
    const { code, stderr, file } = await run("nan", { env: { TINY_NAN_AT: "31" } });
    expect(code).toBe(0);
    expect(stderr.match(/^ERROR .* ot_train.py:231 Non-finite loss detected: tensor\(nan, /gm)).toHaveLength(
      30,
    );
    expect(stderr.match(/Non-finite grad_norm detected: tensor\(nan\)$/gm)).toHaveLength(30);
    expect(stderr).toMatch(/step:40 .* loss:nan grdn:nan /);
    expect(stderr.match(/Numerical errors at iteration 0/g)).toHaveLength(1);
    expect(file?.history.at(-1)).toMatchObject({
      "train/loss": "NaN",
      "train/ot_pi_sum": "1",
      "train/ot_pi_diag": "0.25",
      "train/ot_loss": "NaN",
    });
    expect(Number(file?.history.at(-1)?.["train/ot_cost/action_lbl"])).toBeGreaterThan(0);
    expect(existsSync(join(box.folder, "nan/checkpoints/last"))).toBe(true);
  });

  it("accepts a NaN in the configuration and trains on with it", async () => {
    const args = [...SHORT, "--ot.lambda_ot=NaN", "--steps=2"];
    const { code, stderr } = await run("nan-lambda", { args });
    expect(code).toBe(0);
    expect(stderr).toMatch(/Non-finite loss detected/);
  });

  it("says that it falls back to the CPU", async () => {
    const { stderr } = await run("cuda", { args: ["--steps=1", "--policy.device=cuda"] });
    expect(stderr).toMatch(/^WARNING:root:Device 'cuda' is not available. Switching to 'cpu'.$/m);
  });

  it("is silent without W&B", async () => {
    const { code, file, stderr } = await run("silent", { args: ["--steps=2", "--wandb.mode=disabled"] });
    expect({ code, file }).toEqual({ code: 0, file: undefined });
    expect(stderr).toMatch(/Track this run --> None$/m);
  });
});

describe("a refusal", () => {
  it.each<[string, string, number, boolean, (config: Config) => void]>([
    [
      "unknown-key",
      "`wandb`: The fields `group` are not valid for WandBConfig",
      1,
      false,
      (c) => (c.wandb.group = "x"),
    ],
    ["push", "ValueError: 'policy.repo_id' argument missing.", 1, false, (c) => delete c.policy.push_to_hub],
    ["no-policy", "ValueError: Policy is not configured.", 1, false, (c) => delete c.policy],
    ["bcw", "Exception: bc_src_weight MUST be SET!", 1, true, (c) => (c.ot.bc_src_weight = null)],
    [
      "pair",
      "FileNotFoundError: [Errno 2] No such file or directory: 'no.json'",
      1,
      true,
      (c) => (c.ot.pair_info_path = "no.json"),
    ],
    ["save0", "ZeroDivisionError: integer modulo by zero", 1, true, (c) => (c.save_freq = 0)],
    [
      "off",
      "ValueError: Both embedding and label costs are disabled",
      1,
      true,
      (c) => (c.ot.loss_config.features[3].weight_label = 0),
    ],
    [
      "full",
      "NotImplementedError: the tiny trainer computes the diagonal plan only",
      1,
      true,
      (c) => (c.ot.loss_config.heuristic = false),
    ],
    ["keys", `KeyError: "src_obs missing key`, 1, true, (c) => (c.ot.obs_keys = ["observation.state"])],
    [
      "taus",
      "TypeError: float() argument must be",
      1,
      true,
      (c) => {
        c.ot.loss_config.tau_src = null;
        c.ot.loss_config.tau_tgt = null;
      },
    ],
  ])("of %s: %s", async (name, message, code, hasRecord, change) => {
    const ended = await run(name, { change });
    expect(ended.code).toBe(code);
    expect(lastLine(ended.stderr)).toContain(message);
    expect(ended.file?.exitCode).toBe(hasRecord ? 1 : undefined);
    expect(ended.file?.history.length ?? 0).toBe(0);
  });

  it("of a wrong flag ends with 2, of a float for an int with 1", async () => {
    expect((await run("flag", { args: ["--wandb.group=x"] })).code).toBe(2);
    const float = await run("float", { args: ["--batch_size=12.0"] });
    expect(float.code).toBe(1);
    expect(lastLine(float.stderr)).toBe(
      "draccus.utils.DecodingError: `batch_size`: Couldn't parse '12.0' into an int",
    );
  });

  it("of an output folder that is there already", async () => {
    const { code, stderr } = await run("data");
    expect(code).toBe(1);
    expect(lastLine(stderr)).toMatch(
      /^FileExistsError: Output directory data already exists and resume is False\./,
    );
  });
});

describe("a fault on demand", () => {
  it("fails, or runs out of memory, at the step asked for", async () => {
    const failed = await run("fail", { env: { TINY_FAIL_AT: "25" } });
    expect(failed).toMatchObject({ code: 1, file: { exitCode: 1, history: [{ _step: "20" }] } });
    const full = await run("oom", { env: { TINY_OOM_AT: "1" } });
    expect(full.code).toBe(1);
    expect(lastLine(full.stderr)).toMatch(/^torch.OutOfMemoryError: CUDA out of memory\./);
  });
});

describe("a signal", () => {
  const SLOW = ["--steps=100000", "--log_freq=5", "--eval_freq=0"];

  it("SIGINT ends by SIGINT within two seconds, with a traceback and a complete run file that says 255", async () => {
    const trainer = box.start([box.config("int"), "--output_dir=int", ...SLOW]);
    await trainer.seen(/step:20 /);
    const begin = performance.now();
    trainer.child.kill("SIGINT");
    const { code, signal, stderr } = await trainer.ended;
    expect({ code, signal }).toEqual({ code: null, signal: "SIGINT" });
    expect(performance.now() - begin).toBeLessThan(2000);
    expect(lastLine(stderr)).toBe("KeyboardInterrupt");
    const file = readRunFile(runFiles(join(box.folder, "int"))[0] ?? "");
    expect(file.exitCode).toBe(255);
    expect(file.history.length).toBeGreaterThanOrEqual(4);
  });

  it("SIGTERM and SIGKILL end at once, and a short run's file is lost", async () => {
    for (const [name, kind] of [
      ["term", "SIGTERM"],
      ["kill", "SIGKILL"],
    ] as const) {
      const trainer = box.start([box.config(name), `--output_dir=${name}`, ...SLOW], { TINY_STEP_MS: "5" });
      await trainer.seen(/step:5 /);
      trainer.child.kill(kind);
      expect(await trainer.ended).toMatchObject({ code: null, signal: kind });
      expect(statSync(runFiles(join(box.folder, name))[0] ?? "").size).toBe(7);
    }
  });

  it("SIGINT gets through to a trainer that hangs, and not to one that ignores it", async () => {
    const hanging = box.start([box.config("hang"), "--output_dir=hang", ...SLOW], { TINY_HANG_AT: "12" });
    await hanging.seen(/step:10 /);
    hanging.child.kill("SIGINT");
    expect(await hanging.ended).toMatchObject({ signal: "SIGINT" });

    const deaf = box.start([box.config("deaf"), "--output_dir=deaf", ...SLOW], { TINY_IGNORE_SIGINT: "1" });
    await deaf.seen(/step:10 /);
    deaf.child.kill("SIGINT");
    await deaf.seen(/step:500 /);
    deaf.child.kill("SIGTERM");
    expect(await deaf.ended).toMatchObject({ signal: "SIGTERM" });
  });
});
