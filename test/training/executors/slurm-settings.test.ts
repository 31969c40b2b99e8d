import { describe, expect, it } from "vitest";
import { parseSettings } from "../../../src/settings.ts";
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

describe("in .github/autoloop.yml", () => {
  const parseFile = (text: string) => parseSettings({ path: ".github/autoloop.yml", text });

  it("Slurm is chosen by name, and asked for what stands beside it", () => {
    expect(parseFile("")).toMatchObject({ executor: "local", slurm: { extra: [] } });
    expect(parseFile('executor: slurm\nslurm: {gres: "gpu:1", time: "4:00:00"}')).toMatchObject({
      executor: "slurm",
      slurm: { gres: "gpu:1", time: "4:00:00" },
    });
  });

  it.each([
    ["executor: pbs", "executor: must be one of local, slurm"],
    ["slurm: {partitions: gpu}", 'there is no setting "slurm.partitions"'],
    ["slurm: {extra: [--wrap=id]}", "slurm.extra.0: one of --constraint"],
    ["slurm: {time: soon}", "slurm.time: a time such as 90, 4:00:00 or 1-12:00"],
  ])("%j is refused, and where it is said", (text, said) => {
    expect(() => parseFile(text)).toThrow(said);
  });
});
