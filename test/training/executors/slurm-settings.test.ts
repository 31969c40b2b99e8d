import { describe, expect, it } from "vitest";
import { asksForGpu, SlurmSettings } from "../../../src/training/executors/slurm-settings.ts";

const parse = (settings: unknown) => SlurmSettings.safeParse(settings);

describe("slurm settings", () => {
  it("may all be left out", () => {
    expect(SlurmSettings.parse({})).toEqual({ extra: [] });
  });

  it("take what a lab asks Slurm for", () => {
    const settings = {
      partition: "gpu,long",
      account: "robots",
      gres: "gpu:a100:1",
      time: "1-12:00",
      extra: ["--cpus-per-task=8", "--mem=32G", "--constraint=a100|h100", "--exclusive", "--nodelist=n[1-4]"],
    };
    expect(SlurmSettings.parse(settings)).toEqual(settings);
  });

  it.each([
    "--wrap=id",
    "--export=ALL",
    "--output=/etc/x",
    "--uid=0",
    "-p gpu",
    "--mem 32G",
    "--array=0-9",
    "--requeue",
  ])("refuse the flag %s and name those that there are", (flag) => {
    const message = parse({ extra: [flag] }).error?.issues[0]?.message;
    expect(message).toMatch(/^one of --constraint, .*--tmp, with its value behind =$/);
  });

  it.each([
    { partition: "a b" },
    { partition: "--wrap=x" },
    { account: "a;id" },
    { gres: "gpu:1 --uid=0" },
    { time: "tomorrow" },
    { time: "4:0" },
    { extra: ["--mem=1\nG"] },
    { extra: ["--mem=$(id)"] },
    { qos: "high" },
  ])("refuse %j", (settings) => {
    expect(parse(settings).success).toBe(false);
  });

  it.each([
    [{ gres: "gpu:1" }, true],
    [{ gres: "gpu" }, true],
    [{ gres: "shard:2,gpu:a100:1" }, true],
    [{ extra: ["--gpus=1"] }, true],
    [{ extra: ["--gpus-per-node=1"] }, true],
    [{}, false],
    [{ gres: "gpumem:1" }, false],
    [{ extra: ["--cpus-per-gpu=4"] }, false],
  ])("%j asks for a GPU: %s", (given, gpu) => {
    expect(asksForGpu(SlurmSettings.parse(given))).toBe(gpu);
  });
});
