/** A launch in a process of its own, which a test may kill. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import type { LaunchSettings } from "../../../src/training/launch-options.ts";
import type { TrialJob } from "../../../src/training/trial-job.ts";

export interface LauncherProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<NodeJS.Signals | number | null>;
  readonly output: () => string;
}

export async function launcherProcess(given: {
  readonly folder: string;
  readonly settings: LaunchSettings;
  readonly jobs: readonly TrialJob[];
  readonly environment: Readonly<Record<string, string>>;
}): Promise<LauncherProcess> {
  const { folder, settings, jobs, environment } = given;
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
  const plan = join(folder, "plan.json");
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
  };
}
