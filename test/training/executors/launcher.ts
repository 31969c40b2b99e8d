/** A launch in a process of its own, which a test may kill. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import * as z from "zod";
import { Outcome } from "../../../src/rounds/outcome.ts";
import type { LaunchSettings } from "../../../src/training/launch-options.ts";
import type { TrialJob } from "../../../src/training/trial-job.ts";

const Result = z.object({
  outcomes: z.array(Outcome),
  notRun: z.array(z.object({ trial: z.string(), attempt: z.number(), why: z.string() })),
});

export interface LauncherProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<NodeJS.Signals | number | null>;
  readonly output: () => string;
  /** Of one that came to its end. */
  readonly result: () => z.infer<typeof Result>;
}

/** Writes the program into a folder; a file that needs it often does it once. */
export async function bundleLauncher(folder: string): Promise<string> {
  const launcher = join(folder, "launcher.mjs");
  const bundle = await rolldown({
    input: fileURLToPath(new URL("../launcher-process.ts", import.meta.url)),
    platform: "node",
    // As in rolldown.config.ts: one of the libraries can only be bundled from its module build.
    resolve: { mainFields: ["module", "main"] },
    logLevel: "silent",
  });
  await bundle.write({ file: launcher, format: "esm" });
  await bundle.close();
  return launcher;
}

export interface LauncherOptions {
  readonly folder: string;
  /** Tells the launches of one folder apart. */
  readonly name?: string;
  readonly settings: LaunchSettings;
  readonly jobs: readonly TrialJob[];
  readonly environment: Readonly<Record<string, string>>;
}

export function startLauncher(launcher: string, options: LauncherOptions): LauncherProcess {
  const { folder, name = "plan", settings, jobs, environment } = options;
  const plan = join(folder, `${name}.json`);
  writeFileSync(plan, JSON.stringify({ settings, jobs }));
  const child = spawn(process.execPath, [launcher, plan], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  return {
    child,
    ended: new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code))),
    output: () => output,
    result: () => Result.parse(JSON.parse(readFileSync(`${plan}.result`, "utf8"))),
  };
}

export async function launcherProcess(options: LauncherOptions): Promise<LauncherProcess> {
  return startLauncher(await bundleLauncher(options.folder), options);
}
