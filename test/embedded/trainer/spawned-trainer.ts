import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "rolldown";
import { PAIR_INFO_PATH, planConfigs } from "../../../src/embedded/trainer/plan-configs.ts";

/** A folder to train in, and the bundled trainer as a real process: signals and exit codes are those of the world. */
export interface TrainerBox {
  readonly folder: string;
  /** Writes a configuration: the plan's lightest, changed by `change`. */
  config(name: string, change?: (config: Config) => void): string;
  /** Starts the trainer in the folder with exactly this environment. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): RunningTrainer;
  remove(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: tests break configurations in every possible way
export type Config = any;

interface RunningTrainer {
  readonly child: ChildProcess;
  /** Resolves once stderr holds a line that matches. */
  seen(pattern: RegExp): Promise<void>;
  readonly ended: Promise<Ended>;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly stdout: string;
}

let bundle: Promise<string> | undefined;

export async function createBox(): Promise<TrainerBox> {
  bundle ??= buildTrainer();
  const program = await bundle;
  const folder = mkdtempSync(join(tmpdir(), "tiny-trainer-"));
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, PAIR_INFO_PATH), "{}");
  return {
    folder,
    config(name, change) {
      const light = planConfigs().find(({ file }) => file.includes("light"));
      const config: Config = structuredClone(light?.config);
      config.wandb.mode = "offline";
      change?.(config);
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(config));
      return `--config_path=${name}.json`;
    },
    start: (args, env = {}) => start(program, { args, env, folder }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function buildTrainer(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "tiny-trainer-bundle-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  const input = new URL("run-trainer.ts", import.meta.url).pathname;
  await build({
    input,
    platform: "node",
    logLevel: "warn",
    output: { dir, format: "esm", entryFileNames: "trainer.mjs" },
  });
  return join(dir, "trainer.mjs");
}

function start(
  program: string,
  { args, env, folder }: { args: readonly string[]; env: Readonly<Record<string, string>>; folder: string },
): RunningTrainer {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"], TZ: "UTC", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  let stdout = "";
  const watchers = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const watch of watchers) watch();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stderr, stdout }));
  });
  return {
    child,
    ended,
    seen(pattern) {
      const found = new Promise<void>((resolve) => {
        const watch = () => {
          if (!pattern.test(stderr)) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
      });
      const died = ended.then(() => {
        if (!pattern.test(stderr)) throw new Error(`The trainer ended without ${pattern}:\n${stderr}`);
      });
      return Promise.race([found, died]);
    },
  };
}

/** The last line of stderr. */
export function lastLine(stderr: string): string {
  return stderr.trimEnd().split("\n").at(-1) ?? "";
}

/** The run files under an output folder, oldest first. */
export function runFiles(outputDir: string): string[] {
  const root = join(outputDir, "wandb");
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => name !== "latest-run")
    .sort()
    .flatMap((name) =>
      readdirSync(join(root, name))
        .filter((file) => file.endsWith(".wandb"))
        .map((file) => join(root, name, file)),
    );
}

export function readText(...path: string[]): string {
  return readFileSync(join(...path), "utf8");
}
