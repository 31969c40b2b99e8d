import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fc, it } from "@fast-check/vitest";
import { describe, expect, it as test } from "vitest";
import * as z from "zod";
import { curvesOf } from "../../src/wire/trainer-curves.ts";
import { readTrainerLog, type TrainerEvent, trainerLineReader } from "../../src/wire/trainer-log.ts";

const at = (line: string) => `INFO 2026-01-02 03:04:05 t_train.py:1113 ${line}`;
const stepLine = (step: string, loss = "0.770", grdn = "17.248") =>
  at(`step:${step} smpl:800 ep:13 epch:1.33 loss:${loss} grdn:${grdn} lr:3.0e-04 updt_s:0.019 data_s:0.017`);
const kinds = (events: readonly TrainerEvent[]) => events.map((event) => event.kind);

describe("a step line", () => {
  test("carries loss, gradient norm before clipping and learning rate", () => {
    expect(readTrainerLog(stepLine("100"), { logFreq: 50 })).toEqual([
      { kind: "step", step: 100, loss: 0.77, gradNorm: 17.248, lr: 0.0003 },
    ]);
  });

  test("keeps what Python prints for values that are no numbers", () => {
    const [event] = readTrainerLog(stepLine("50", "nan", "inf"), { logFreq: 50 });
    expect(event).toMatchObject({ loss: Number.NaN, gradNorm: Number.POSITIVE_INFINITY });
  });

  test("is counted after a resume from the checkpoint's step on", () => {
    const lines = [stepLine("2K"), stepLine("2K"), stepLine("2K")].join("\n");
    const steps = readTrainerLog(lines, { logFreq: 50, initialStep: 2075 });
    expect(steps.map((event) => event.kind === "step" && event.step)).toEqual([2100, 2150, 2200]);
  });

  test("is put right by the exact step of an eval when lines before it are missing", () => {
    const read = trainerLineReader({ logFreq: 50 });
    read(stepLine("1K"));
    read(at("Offline eval (no env) at step 1400 on hold-out episodes"));
    expect(read(stepLine("1K"))).toMatchObject({ step: 1450 });
  });

  /** The trainer's own rounding, half to even as Python's format does it. */
  const printed = (step: number): string => {
    if (step < 1000) return String(step);
    const thousands = step / 1000;
    if (thousands >= 1000) return `${halfToEven(step / 1e6)}M`;
    return `${halfToEven(thousands)}K`;
  };
  const halfToEven = (x: number): number => {
    const low = Math.floor(x);
    if (x - low !== 0.5) return Math.round(x);
    return low % 2 === 0 ? low : low + 1;
  };

  it.prop([
    fc.integer({ min: 1, max: 500 }),
    fc.integer({ min: 0, max: 2_000_000 }),
    fc.integer({ min: 1, max: 60 }),
  ])("gets its exact step back from the rounded one", (logFreq, initialStep, lines) => {
    const first = Math.floor(initialStep / logFreq) + 1;
    const steps = Array.from({ length: lines }, (_, index) => (first + index) * logFreq);
    const text = steps.map((step) => stepLine(printed(step))).join("\n");
    const seen = readTrainerLog(text, { logFreq, initialStep });
    expect(seen.map((event) => event.kind === "step" && event.step)).toEqual(steps);
  });
});

describe("other lines", () => {
  test("an eval is dated by the line before it", () => {
    const text = [
      at("Offline eval (no env) at step 200 on hold-out episodes"),
      at("Offline eval: avg_loss=0.3252, avg_l1=0.3251 over 20 batches"),
    ].join("\n");
    expect(readTrainerLog(text, { logFreq: 50 })).toEqual([
      { kind: "eval", step: 200, avgLoss: 0.3252, avgL1: 0.3251, batches: 20 },
    ]);
  });

  test("start, checkpoint, run page and end are told", () => {
    const text = [
      at("Track this run --> https://wandb.example/me/p/runs/a1"),
      at("Start offline training on a fixed dataset"),
      at("Checkpoint policy after step 2000"),
      at("End of training"),
    ].join("\n");
    expect(readTrainerLog(text, { logFreq: 50 })).toEqual([
      { kind: "tracked", url: "https://wandb.example/me/p/runs/a1" },
      { kind: "started" },
      { kind: "checkpoint", step: 2000 },
      { kind: "ended" },
    ]);
  });

  test("a run page that is no web address is none", () => {
    for (const foreign of ["None", "javascript:alert(1)", "file:///etc/passwd"]) {
      expect(readTrainerLog(at(`Track this run --> ${foreign}`), { logFreq: 50 })).toEqual([
        { kind: "tracked", url: null },
      ]);
    }
  });

  test.each([
    [
      "ERROR 2026-01-02 03:04:05 ot_train.py:231 Non-finite loss detected: tensor(nan, dtype=torch.float64)",
      "non-finite-loss",
    ],
    [
      "ERROR 2026-01-02 03:04:05 ot_train.py:248 Non-finite grad_norm detected: tensor(nan)",
      "non-finite-gradient",
    ],
    [
      "/venv/ot/unbalanced/_sinkhorn.py:770: UserWarning: Numerical errors at iteration 0",
      "numerical-errors",
    ],
    ["WARNING:root:Device 'cuda' is not available. Switching to 'cpu'.", "device-fallback"],
    [
      "WARNING 2026-01-02 03:04:05 policies.py:84 Device 'cuda' is not available. Switching to 'cpu'.",
      "device-fallback",
    ],
    ["torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.", "out-of-memory"],
    ["torch.cuda.OutOfMemoryError: CUDA out of memory.", "out-of-memory"],
    ["RuntimeError: CUDA error: out of memory", "out-of-memory"],
    ["torch.AcceleratorError: CUDA error: out of memory", "out-of-memory"],
    ["RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`", "out-of-memory"],
    ["numpy._core._exceptions._ArrayMemoryError: Unable to allocate 8.00 GiB", "out-of-memory"],
    ["MemoryError", "out-of-memory"],
    ["OSError: [Errno 12] Cannot allocate memory", "out-of-memory"],
    ["RuntimeError: DataLoader worker (pid 4242) is killed by signal: Killed. ", "out-of-memory"],
    [
      "RuntimeError: DataLoader worker (pid 4242) is killed by signal: Bus error. It is possible that",
      "out-of-memory",
    ],
    ["OSError: [Errno 28] No space left on device", "disk-full"],
    ["OSError: [Errno 122] Disk quota exceeded: '/x/model.safetensors'", "disk-full"],
    [
      "RuntimeError: [enforce fail at inline_container.cc:664] . PytorchStreamWriter failed writing file data/7",
      "disk-full",
    ],
    ["draccus.utils.DecodingError: `batch_size`: Couldn't parse '12.0' into an int", "config-refused"],
    ["lerobot_train.py: error: unrecognized arguments: --wandb.group=x", "config-refused"],
    ["Exception: bc_src_weight MUST be SET!", "config-refused"],
    ["FileExistsError: Output directory /x already exists and resume is False.", "output-exists"],
    ["ValueError: No valid OT pairs built from pair_info.", "no-ot-pairs"],
    ["wandb.errors.errors.UsageError: No API key configured.", "wandb-error"],
  ])("%s is a sentinel", (line, sentinel) => {
    expect(readTrainerLog(line, { logFreq: 50 })).toEqual([
      { kind: "sentinel", sentinel, afterStep: 0, line },
    ]);
  });

  test.each([
    " 'job_name': 'CUDA out of memory',",
    " 'notes': 'Non-finite loss detected: nan',",
    '  warnings.warn("Numerical errors at iteration %s" % i)',
    "WARNING:root:'torchcodec' is not available in your platform, falling back to 'pyav' as a default decoder",
    "step:50 smpl:400 ep:7 epch:0.67 loss:9.037 grdn:68.834 lr:3.0e-04 updt_s:0.018 data_s:0.023",
  ])("%s is only text", (line) => {
    expect(readTrainerLog(line, { logFreq: 50 })).toEqual([]);
  });
});

describe("curvesOf", () => {
  test("sorts by step, keeps NaN, and lets the later of two lines hold", () => {
    const text = [stepLine("100", "1.0"), stepLine("50", "nan"), stepLine("100", "2.0")].join("\n");
    const curves = curvesOf(readTrainerLog(text, { logFreq: 50 }));
    expect(curves["train/loss"]).toEqual({ steps: [50, 100], values: [Number.NaN, 2] });
    expect(curves["eval/offline_eval/avg_l1"]).toEqual({ steps: [], values: [] });
  });
});

const dir = process.env["AUTOLOOP_REAL_DATA"];

describe.skipIf(!dir)(`real logs${dir ? "" : " (skipped: AUTOLOOP_REAL_DATA is not set)"}`, () => {
  const runs = join(dir ?? "", "real-runs");
  const Columns = z.record(z.string(), z.array(z.union([z.number(), z.string(), z.null()])));
  const Recorded = z.array(
    z.object({
      name: z.string(),
      args: z.array(z.string()),
      nonfinite_loss_lines: z.number(),
      nonfinite_grad_lines: z.number(),
      segments: z.array(z.object({ columns: Columns })),
    }),
  );
  const Config = z.object({ log_freq: z.number() });
  const recorded = () => Recorded.parse(JSON.parse(readFileSync(join(runs, "curves.json"), "utf8")));

  const whole = [
    ["ok", "ok"],
    ["dead", "dead"],
    ["nan", "nan"],
    ["ok_trace", "trace/ok600"],
    ["o_fresh", "online/fresh"],
    ["o_nan", "online/nan"],
    ["o_sigint", "online/sigint"],
  ] as const;

  test.each(whole)("%s: every logged row is found at its exact step", (name, folder) => {
    const run = recorded().find((one) => one.name === name);
    const columns = run?.segments[0]?.columns ?? {};
    const config = join(runs, folder, "config.json");
    const configured = existsSync(config)
      ? Config.parse(JSON.parse(readFileSync(config, "utf8"))).log_freq
      : 50;
    const logFreq = Number(run?.args.find((arg) => arg.startsWith("--log_freq="))?.slice(11) ?? configured);
    const events = readTrainerLog(readFileSync(join(runs, folder, "stderr.txt"), "utf8"), { logFreq });
    const curves = curvesOf(events);
    const printed = [
      ["train/loss", 3],
      ["train/grad_norm", 3],
      ["eval/offline_eval/avg_l1", 4],
      ["eval/offline_eval/avg_loss", 4],
    ] as const;
    for (const [key, digits] of printed) {
      const logged = (columns["_step"] ?? []).flatMap((step, row) => {
        const value = columns[key]?.[row] ?? null;
        return value === null ? [] : [[Number(step), Number(value)] as const];
      });
      expect(logged.length).toBeGreaterThan(key.startsWith("train") ? 3 : -1);
      expect(curves[key].steps).toEqual(logged.map(([step]) => step));
      curves[key].values.forEach((value, row) => {
        const wanted = logged[row]?.[1] ?? Number.POSITIVE_INFINITY;
        if (Number.isNaN(wanted)) expect(value).toBeNaN();
        else
          expect(Math.abs(value - wanted)).toBeLessThanOrEqual(
            0.51 * 10 ** -digits + 1e-6 * Math.abs(wanted),
          );
      });
    }
    const lines = (sentinel: string) =>
      events.filter((event) => event.kind === "sentinel" && event.sentinel === sentinel).length;
    expect(lines("non-finite-loss")).toBe(run?.nonfinite_loss_lines);
    expect(lines("non-finite-gradient")).toBe(run?.nonfinite_grad_lines);
  });

  test("after a SIGTERM the log has the rows that the W&B file lost", () => {
    const run = recorded().find((one) => one.name === "o_sigint_ignored");
    const kept = (run?.segments[0]?.columns["_step"] ?? []).map(Number);
    const text = readFileSync(join(runs, "online/sigint_ignored/stderr.txt"), "utf8");
    const { steps } = curvesOf(readTrainerLog(text, { logFreq: 25 }))["train/loss"];
    expect(steps.slice(0, kept.length)).toEqual(kept);
    expect(steps.at(-1)).toBe(1725);
  });

  test("a resume at 2000 goes on with 2050", () => {
    const text = readFileSync(join(runs, "resume/eq/stderr.txt"), "utf8");
    const curves = curvesOf(readTrainerLog(text, { logFreq: 50, initialStep: 2000 }));
    expect(curves["train/loss"].steps).toEqual(Array.from({ length: 10 }, (_, index) => 2050 + 50 * index));
    expect(curves["eval/offline_eval/avg_l1"].steps).toEqual([2200, 2400]);
  });

  test.each([
    ["errors/unknown_cli", ["config-refused"]],
    ["errors/unknown_file", ["config-refused"]],
    ["errors/unknown_ot_key", ["config-refused"]],
    ["errors/float_int", ["config-refused"]],
    ["errors/push_default", ["config-refused"]],
    ["errors/bcw_null", ["config-refused"]],
    ["errors/exists", ["output-exists"]],
    ["errors/base_index", ["no-ot-pairs"]],
    ["errors/wandb030_get_url", ["wandb-error"]],
    ["online/nokey", ["wandb-error"]],
    ["online/down", ["wandb-error"]],
    ["online/resume_missing", ["wandb-error"]],
    ["errors/save_freq0", []],
    ["errors/missing_pair", []],
    ["ok", []],
    ["dead", ["numerical-errors"]],
  ])("%s shows the sentinels %j", (folder, wanted) => {
    const events = readTrainerLog(readFileSync(join(runs, folder, "stderr.txt"), "utf8"), { logFreq: 50 });
    expect(events.flatMap((event) => (event.kind === "sentinel" ? [event.sentinel] : []))).toEqual(wanted);
  });

  test("a log says that training ended exactly when it did", () => {
    const folders = ["errors", "online", "resume"].flatMap((group) =>
      readdirSync(join(runs, group)).map((name) => join(runs, group, name)),
    );
    const Meta = z.object({ rc: z.number() });
    const seen = folders
      .filter((folder) => existsSync(join(folder, "stderr.txt")) && existsSync(join(folder, "meta.json")))
      .map((folder) => ({
        folder,
        rc: Meta.parse(JSON.parse(readFileSync(join(folder, "meta.json"), "utf8"))).rc,
        ended: kinds(
          readTrainerLog(readFileSync(join(folder, "stderr.txt"), "utf8"), { logFreq: 50 }),
        ).includes("ended"),
      }));
    expect(seen.length).toBeGreaterThan(30);
    expect(seen.filter(({ rc, ended }) => ended !== (rc === 0))).toEqual([]);
  });
});
