import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type EmbeddedGitHub, type GitHubOptions, startGitHub } from "../github/server.ts";
import { expression } from "../github/workflow/expression.ts";
import type { RunnerSettings } from "../github/workflow/settings.ts";
import { planConfigs } from "../trainer/plan-configs.ts";
import { type EmbeddedWandb, startWandb } from "../wandb/server.ts";

/** The lab of the rehearsal: a repository on a GitHub, a W&B project, and a box with two slots for training. */
export interface Stage {
  readonly dir: string;
  readonly github: EmbeddedGitHub;
  readonly wandb: EmbeddedWandb;
  /** A person with write permission. */
  readonly reviewer: string;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly dir: string;
  /** Folder of the built programs; default: the one that this program lies in. */
  readonly distDir?: string;
  /** Node that runs the jobs; default: this one. */
  readonly node?: string;
  /** How many of the plan's configurations are templates; default: all six. */
  readonly templates?: number;
  /** Settings of the trainer besides its command, e.g. `{steps: 200, eval_freq: 100}`. */
  readonly trainer?: Readonly<Record<string, unknown>>;
  /** Replaces lines of the settings, e.g. `{rules: "plan"}`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Who runs workflows: the runner that is embedded here (default), or an engine that the caller starts. */
  readonly engine?: "embedded" | "elsewhere";
  /** How many boxes there are, each with a disk of its own; default: one. */
  readonly boxes?: number;
  /** Further variables of the GPU box. */
  readonly boxEnv?: Readonly<Record<string, string>>;
  readonly onEvent?: GitHubOptions["onEvent"];
  readonly onAnswer?: GitHubOptions["onAnswer"];
}

export const WANDB_KEY = "a".repeat(40);
const CONFIGS = "src/lerobot/scripts/train_config";
const REVIEWER = "ana";

/** Action inputs with a default in action.yml. */
const INPUTS = {
  token: expression("github.token"),
  settings: ".github/autoloop.yml",
  trials: "all",
  outcomes: "outcomes",
};

export async function setStage(options: StageOptions): Promise<Stage> {
  const { dir, node = process.execPath } = options;
  const distDir = options.distDir ?? dirname(fileURLToPath(import.meta.url));
  const trainer = join(dir, "box", "trainer");
  await mkdir(join(trainer, "data"), { recursive: true });
  // The world of the tiny trainer comes from seeds; that the file is there is all that a real trainer checks at first.
  await writeFile(join(trainer, "data", "pair_info.json"), "{}\n");
  const wandb = await startWandb({ entity: "lab", apiKeys: [WANDB_KEY] });
  const github = await startGitHub({
    dir,
    owner: "lab",
    repo: "policies",
    users: [
      { login: REVIEWER, permission: "write" },
      { login: "rea", permission: "read" },
    ],
    files: {
      "README.md": "# Policies\n",
      ".github/autoloop.yml": settingsText({ ...options, node, distDir, cwd: trainer }),
      ...Object.fromEntries(
        planConfigs()
          .slice(0, options.templates)
          .map(({ file, config }) => [`${CONFIGS}/${file}`, `${JSON.stringify(config, null, 2)}\n`]),
      ),
    },
    ...(options.engine === "elsewhere"
      ? {}
      : { scheduler: schedulerOf({ ...options, node, distDir, wandb }) }),
    ...(options.onEvent ? { onEvent: options.onEvent } : {}),
    ...(options.onAnswer ? { onAnswer: options.onAnswer } : {}),
  });
  return {
    dir,
    github,
    wandb,
    reviewer: REVIEWER,
    close: async () => {
      await github.close();
      await wandb.close();
    },
  };
}

function schedulerOf(
  options: StageOptions & { node: string; distDir: string; wandb: EmbeddedWandb },
): RunnerSettings {
  const { dir, distDir, node, wandb } = options;
  return {
    distDir,
    node,
    secrets: { WANDB_API_KEY: WANDB_KEY },
    inputs: INPUTS,
    hostedEnv: { WANDB_BASE_URL: wandb.url },
    runners: Array.from({ length: options.boxes ?? 1 }, (_, at) => ({
      name: at === 0 ? "gpu-box" : `gpu-box-${at + 1}`,
      labels: ["self-hosted", "gpu"],
      env: {
        WANDB_BASE_URL: wandb.url,
        XDG_STATE_HOME: join(dir, at === 0 ? "state" : `state-${at + 1}`),
        ...options.boxEnv,
      },
    })),
  };
}

/** JSON values are YAML values, so nothing has to be quoted by hand. */
function settingsText(options: StageOptions & { node: string; distDir: string; cwd: string }): string {
  const { node, distDir, cwd, dir, trainer = {}, settings = {} } = options;
  const command = [node, join(distDir, "rehearsal.js"), "trainer"];
  const lines = {
    mode: "train",
    language: "en",
    family: "act_fr3_ot",
    max_variants: "2",
    seeds: "[42, 87]",
    source: JSON.stringify({ entity: "lab", project: "policies" }),
    // A rehearsal writes next to nothing, and should not fail on a small disk.
    trainer: JSON.stringify({ command, cwd, min_free_gb: 0, ...trainer }),
    gpus: JSON.stringify({ cpu_slots: 2, lease_dir: join(dir, "leases") }),
    ...settings,
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("");
}
