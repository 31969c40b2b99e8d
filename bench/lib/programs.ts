import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A program of this bench, as bench/run.js bundled it. */
export function programPath(name: string): string {
  return join(import.meta.dirname, `${name}.js`);
}

/** Runs a program to its end; what it printed last is JSON. */
export async function runProgram(name: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [programPath(name), ...args]);
  return lastLine(stdout);
}

/** The interpreters that have W&B's own client; none where AUTOLOOP_WANDB_PYTHONS is not set. */
export const PYTHONS = (process.env["AUTOLOOP_WANDB_PYTHONS"] ?? "").split(":").filter((path) => path !== "");

export const PYTHON_SKIPPED = "skipped: AUTOLOOP_WANDB_PYTHONS is not set";

export interface PythonRun {
  readonly python: string;
  /** Below bench/. */
  readonly script: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The same in Python, with a home of its own. */
export async function runPython({ python, script, args, env = {} }: PythonRun): Promise<unknown> {
  return withFolder(async (home) => {
    const { stdout } = await run(python, ["-W", "ignore", join("bench", script), ...args], {
      env: { PATH: process.env["PATH"] ?? "", HOME: home, TMPDIR: home, WANDB_SILENT: "true", ...env },
      maxBuffer: 1 << 28,
    });
    return lastLine(stdout);
  });
}

/** A folder that is gone afterwards. */
export async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "autoloop-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function lastLine(stdout: string): unknown {
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}
