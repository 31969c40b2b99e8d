import { fc, it } from "@fast-check/vitest";
import { describe, expect, it as test } from "vitest";
import { trainerEnvironment } from "../../src/training/environment.ts";
import type { Device } from "../../src/training/gpus.ts";

const gpu: Device = { kind: "gpu", id: "GPU-aa", index: 3, name: "A100" };
const cpu: Device = { kind: "cpu", id: "cpu-0" };
const job = { group: "policy:act-seed:42-dataset:local/tgt", extra: [] };

describe("trainerEnvironment", () => {
  test("passes on what a training needs and nothing of the workflow job", () => {
    const environment = {
      PATH: "/bin",
      HOME: "/home/lab",
      HF_HOME: "/cache",
      CUDA_HOME: "/cuda",
      https_proxy: "http://proxy:3128",
      NO_PROXY: "127.0.0.1",
      WANDB_API_KEY: "key",
      WANDB_RUN_ID: "somebody-elses",
      WANDB_ENTITY: "other",
      GITHUB_TOKEN: "secret",
      "INPUT_WANDB-API-KEY": "secret",
      ACTIONS_RUNTIME_TOKEN: "secret",
      RUNNER_TRACKING_ID: "x",
      STATE_x: "x",
      AWS_SECRET_ACCESS_KEY: "secret",
      LEROBOT_DATA: "/data",
      EMPTY: undefined,
    };
    expect(trainerEnvironment({ ...job, environment, extra: ["LEROBOT_DATA"], device: gpu })).toEqual({
      PATH: "/bin",
      HOME: "/home/lab",
      HF_HOME: "/cache",
      CUDA_HOME: "/cuda",
      https_proxy: "http://proxy:3128",
      NO_PROXY: "127.0.0.1",
      WANDB_API_KEY: "key",
      LEROBOT_DATA: "/data",
      CUDA_VISIBLE_DEVICES: "GPU-aa",
      CUDA_DEVICE_ORDER: "PCI_BUS_ID",
      WANDB_RUN_GROUP: job.group,
    });
  });

  test("hides every GPU from a trial on a CPU slot", () => {
    const environment = { CUDA_VISIBLE_DEVICES: "0,1" };
    expect(trainerEnvironment({ ...job, environment, device: cpu })["CUDA_VISIBLE_DEVICES"]).toBe("");
  });

  test("leads to the live tap instead of W&B, past every proxy", () => {
    const environment = { WANDB_API_KEY: "real", https_proxy: "http://proxy:3128", NO_PROXY: "corp.example" };
    const tap = { WANDB_BASE_URL: "http://127.0.0.1:9", WANDB_API_KEY: "of-the-tap" };
    const options = { ...job, environment, extra: ["WANDB_API_KEY"], device: cpu };
    expect(trainerEnvironment({ ...options, tap })).toMatchObject({
      ...tap,
      https_proxy: "http://proxy:3128",
      NO_PROXY: "corp.example,127.0.0.1",
      no_proxy: "corp.example,127.0.0.1",
    });
    expect(trainerEnvironment(options)).toMatchObject({ WANDB_API_KEY: "real", NO_PROXY: "corp.example" });
    expect(trainerEnvironment(options)).not.toHaveProperty("no_proxy");
  });

  test("refuses settings that ask for the job's own variables", () => {
    for (const name of [
      "GITHUB_TOKEN",
      "github_token",
      "INPUT_TOKEN",
      "ACTIONS_RUNTIME_TOKEN",
      "STATE_x",
      "GH_TOKEN",
    ]) {
      expect(() => trainerEnvironment({ ...job, environment: {}, extra: [name], device: cpu })).toThrow(name);
    }
  });

  it.prop([
    fc.dictionary(
      fc
        .tuple(fc.constantFrom("GITHUB_", "INPUT_", "ACTIONS_", "RUNNER_", "STATE_"), fc.string())
        .map((parts) => parts.join("")),
      fc.string(),
    ),
  ])("lets no variable of the job through, whatever it is called", (environment) => {
    expect(Object.keys(trainerEnvironment({ ...job, environment, device: cpu })).toSorted()).toEqual([
      "CUDA_VISIBLE_DEVICES",
      "WANDB_RUN_GROUP",
    ]);
  });
});
