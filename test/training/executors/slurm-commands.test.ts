import { fc, it as law } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import {
  accountArguments,
  cancelArguments,
  readAccount,
  readJobList,
  readJobNumber,
  submitArguments,
} from "../../../src/training/executors/slurm-commands.ts";

const place = { name: "autoloop-0001a-s42-a1", folder: "/state/slurm/0001a-s42-a1" };

describe("submitting", () => {
  it("says what is asked for, each part an argument of its own, the script last", () => {
    expect(
      submitArguments(place, {
        partition: "gpu",
        gres: "gpu:1",
        time: "4:00:00",
        extra: ["--mem=32G", "--exclusive"],
      }),
    ).toEqual([
      "--parsable",
      "--job-name=autoloop-0001a-s42-a1",
      "--chdir=/state/slurm/0001a-s42-a1",
      "--output=slurm.log",
      "--open-mode=append",
      "--export=NONE",
      "--signal=B:TERM@60",
      "--no-requeue",
      "--nodes=1",
      "--ntasks=1",
      "--partition=gpu",
      "--gres=gpu:1",
      "--time=4:00:00",
      "--mem=32G",
      "--exclusive",
      "/state/slurm/0001a-s42-a1/job.sh",
      "/state/slurm/0001a-s42-a1",
    ]);
  });

  it.each([
    ["12\n", "12"],
    ["12;north\n", "12"],
    ["", null],
    ["Submitted batch job 12", null],
  ])("reads the job's number from %j", (stdout, job) => {
    expect(readJobNumber(stdout)).toBe(job);
  });
});

describe("the list of jobs", () => {
  it("is read line by line, folders with any character", () => {
    const text = [
      "7|PENDING|autoloop-0001a-s42-a1|Resources|/state/a|b c",
      "8|RUNNING|autoloop-0001a-s87-a1|None|/state/d",
      "9|TIMEOUT|other|TimeLimit|/home/x",
      "slurm_load_jobs: nonsense",
      "",
    ].join("\n");
    expect(readJobList(text)).toEqual([
      {
        job: "7",
        name: "autoloop-0001a-s42-a1",
        folder: "/state/a|b c",
        state: { kind: "queued", why: "Resources" },
      },
      { job: "8", name: "autoloop-0001a-s87-a1", folder: "/state/d", state: { kind: "running" } },
      { job: "9", name: "other", folder: "/home/x", state: { kind: "failed", word: "TIMEOUT" } },
    ]);
  });

  it.each([
    ["CONFIGURING", "queued"],
    ["REQUEUED", "queued"],
    ["COMPLETING", "running"],
    ["SUSPENDED", "running"],
    ["SOMETHING_OF_SLURM_99", "running"],
    ["COMPLETED", "done"],
    ["OUT_OF_MEMORY", "failed"],
    ["NODE_FAIL", "failed"],
  ])("%s is %s", (word, kind) => {
    expect(readJobList(`1|${word}|n|None|/f`)[0]?.state.kind).toBe(kind);
  });

  law.prop([fc.string()])("never throws, whatever squeue prints", (text) => {
    expect(Array.isArray(readJobList(text))).toBe(true);
  });
});

describe("accounting", () => {
  it("knows a job by its number; a state has one word", () => {
    expect(accountArguments("12")).toContain("--jobs=12");
    expect(readAccount("12|CANCELLED by 1000\n", "12")).toEqual({ kind: "failed", word: "CANCELLED" });
    expect(readAccount("12|PREEMPTED\n12|COMPLETED\n", "12")).toEqual({ kind: "done", word: "COMPLETED" });
    expect(readAccount("13|COMPLETED\n", "12")).toBeNull();
    expect(readAccount("", "12")).toBeNull();
  });
});

describe("cancelling", () => {
  it("tells the batch shell first, and leaves the rest to Slurm", () => {
    expect(cancelArguments("12", "SIGINT")).toEqual(["--signal=INT", "--batch", "12"]);
    expect(cancelArguments("12", "SIGTERM")).toEqual(["12"]);
    expect(cancelArguments("12", "SIGKILL")).toEqual(["12"]);
    expect(cancelArguments("12", "withdraw")).toEqual(["--state=PENDING", "12"]);
  });
});
