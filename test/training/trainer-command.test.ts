import { describe, expect, it } from "vitest";
import { trainerCommand } from "../../src/training/trainer-command.ts";
import { trialJob } from "./trial-jobs.ts";

const given = {
  command: ["python", "-m", "lerobot.scripts.lerobot_train"],
  configFile: "/state/configs/x.json",
  outputDir: "/state/outputs/train/2026-01-02/x",
  wandb: { project: "lerobot", entity: "lab", mode: "online" },
} as const;

describe("trainerCommand", () => {
  it("hands over the file and overrides nothing but what belongs to this launch", () => {
    expect(trainerCommand({ ...given, job: trialJob() })).toEqual({
      file: "python",
      args: [
        "-m",
        "lerobot.scripts.lerobot_train",
        "--config_path=/state/configs/x.json",
        "--steps=200",
        "--eval_freq=100",
        "--log_freq=50",
        "--output_dir=/state/outputs/train/2026-01-02/x",
        "--job_name=act_fr3_ot_r0001a_mass-up_3f9c2d-s42-a1",
        "--seed=42",
        "--wandb.enable=true",
        "--wandb.disable_artifact=true",
        "--wandb.run_id=a123456789",
        "--wandb.project=lerobot",
        "--wandb.entity=lab",
        "--wandb.mode=online",
      ],
    });
  });

  it("leaves the entity to the account when there is none", () => {
    const wandb = { project: "lerobot", mode: "offline" } as const;
    const { args } = trainerCommand({ ...given, wandb, job: trialJob() });
    expect(args.filter((arg) => arg.startsWith("--wandb.entity"))).toEqual([]);
    expect(args).toContain("--wandb.mode=offline");
  });

  it.each([
    [0, ["--save_freq=200"]],
    [-1, ["--save_freq=200"]],
    [1000, []],
  ])("of a save_freq of %d in the file makes %j", (save_freq, flags) => {
    const { args } = trainerCommand({ ...given, job: trialJob({ config: { save_freq } }) });
    expect(args.filter((arg) => arg.startsWith("--save_freq"))).toEqual(flags);
  });

  it("refuses an empty command", () => {
    expect(() => trainerCommand({ ...given, command: [], job: trialJob() })).toThrow(
      "`trainer.command` is empty",
    );
  });
});
