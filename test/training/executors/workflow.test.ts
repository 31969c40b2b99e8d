import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const workflow = (name: string) =>
  parse(readFileSync(resolve(import.meta.dirname, "../../../examples/workflows", name), "utf8"));

describe("examples/workflows/autoloop-slurm.yml", () => {
  it("is autoloop.yml with the training job on a runner that can submit jobs", () => {
    const { jobs, ...rest } = workflow("autoloop-slurm.yml");
    const box = workflow("autoloop.yml");
    const { train, ...others } = jobs;
    expect({ ...rest, jobs: { ...others, train: { ...train, "runs-on": ["self-hosted", "gpu"] } } }).toEqual(
      box,
    );
    expect(train["runs-on"]).toEqual(["self-hosted", "slurm"]);
  });
});
