import { describe, expect, it } from "vitest";
import { trainerCommand } from "../../src/training/trainer-command.ts";
import { trialJob } from "./trial-jobs.ts";

const given = {
  command: ["python", "-m", "lerobot.scripts.lerobot_train"],
  configFile: "/state/configs/x.json",
  outputDir: "/state/outputs/train/2026-01-02/x",
  wandb: { project: "lerobot", entity: "lab", mode: "online" },
  checkpoint: null,
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
        "--save_freq=2000",
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
    [2000, undefined, 2000],
    [10_000, undefined, 2000],
    [200_000, undefined, 20_000],
    [1_000_000, undefined, 20_000],
    [200_000, 500, 500],
    [200_000, 100_000, 20_000],
    // The trainer would divide by them.
    [200, 0, 2000],
    [200, -1, 2000],
  ])("of %d steps and a save_freq of %s in the file saves every %d", (steps, save_freq, wanted) => {
    const config = save_freq === undefined ? {} : { save_freq };
    const { args } = trainerCommand({ ...given, job: trialJob({ steps, config }) });
    expect(args.filter((arg) => arg.startsWith("--save_freq"))).toEqual([`--save_freq=${wanted}`]);
  });

  it("goes on from a checkpoint in the only form that the trainer takes, and repeats nothing that is saved in it", () => {
    const checkpoint = "/out/checkpoints/last/pretrained_model/train_config.json";
    expect(trainerCommand({ ...given, job: trialJob({ steps: 10_000 }), checkpoint }).args.slice(2)).toEqual([
      "--resume=true",
      `--config_path=${checkpoint}`,
      "--steps=10000",
      "--eval_freq=100",
      "--log_freq=50",
      "--save_freq=2000",
      "--wandb.mode=online",
    ]);
  });

  it("refuses an empty command", () => {
    expect(() => trainerCommand({ ...given, command: [], job: trialJob() })).toThrow(
      "`trainer.command` is empty",
    );
  });
});
