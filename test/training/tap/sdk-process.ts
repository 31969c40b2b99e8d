/** Real SDKs as processes. `test/interop/make-venvs.sh` makes the interpreters. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

export const PYTHONS = (process.env["AUTOLOOP_WANDB_PYTHONS"] ?? "").split(":").filter((path) => path !== "");
export const SKIPPED = "(skipped without interpreters: AUTOLOOP_WANDB_PYTHONS is not set)";

/** A word of tap_sdk.py: what, at which step or which page, and when in milliseconds since 1970. */
export interface Said {
  readonly word: string;
  readonly about: string;
  readonly at: number;
}

export interface RunningSdk {
  readonly said: readonly Said[];
  /** Its exit code, -1 when it had to be killed. */
  readonly ended: Promise<number>;
  readonly stderr: () => string;
}

export function startSdk(options: {
  readonly python: string;
  /** Everything is written below it; `<folder>/wandb` by the SDK. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly runId: string;
  readonly steps: number;
  readonly secondsPerStep: number;
}): RunningSdk {
  const { python, folder, environment, runId, steps, secondsPerStep } = options;
  mkdirSync(folder, { recursive: true });
  const script = join(import.meta.dirname, "tap_sdk.py");
  const child = execa(python, ["-W", "ignore", script, runId, String(steps), String(secondsPerStep)], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: folder,
      TMPDIR: folder,
      WANDB_DIR: folder,
      WANDB_CACHE_DIR: join(folder, "cache"),
      WANDB_CONFIG_DIR: join(folder, "config"),
      WANDB_ERROR_REPORTING: "false",
      ...environment,
    },
    extendEnv: false,
    reject: false,
    timeout: 150_000,
    forceKillAfterDelay: 1_000,
  });
  const said: Said[] = [];
  let stderr = "";
  let open = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = `${open}${text}`.split("\n");
    open = lines.pop() ?? "";
    for (const line of lines) {
      const [word = "", about = "", at = ""] = line.split(" ");
      said.push({ word, about, at: Number(at) * 1000 });
    }
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return { said, ended: child.then(({ exitCode }) => exitCode ?? -1), stderr: () => stderr };
}
