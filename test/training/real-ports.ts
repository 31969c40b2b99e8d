/** Ports of a real machine for tests: true processes, true files, a true clock. */
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandRunner } from "../../src/training/command-runner.ts";
import {
  type LaunchPorts,
  SUPERVISION,
  type SupervisionSettings,
} from "../../src/training/launch-options.ts";
import type { Clock, Environment } from "../../src/training/ports.ts";
import { systemProcessTable } from "../../src/training/process-table.ts";

export const realClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  sleep: (ms, signal) =>
    sleep(Math.min(ms, 2 ** 31 - 1), undefined, signal ? { signal } : {}).catch(() => undefined),
};

export function realPorts(environment: Environment): LaunchPorts {
  return {
    clock: realClock,
    run: commandRunner(environment),
    spawn,
    processes: systemProcessTable(),
    environment,
  };
}

/** The defaults with waits that a test can afford. */
export const QUICK: SupervisionSettings = {
  ...SUPERVISION,
  idle: { ...SUPERVISION.idle, samples: 2, intervalMs: 5 },
  ladders: {
    gentle: [
      { signal: "SIGINT", graceMs: 600 },
      { signal: "SIGTERM", graceMs: 600 },
      { signal: "SIGKILL", graceMs: 2_000 },
    ],
    urgent: [
      { signal: "SIGINT", graceMs: 300 },
      { signal: "SIGTERM", graceMs: 100 },
      { signal: "SIGKILL", graceMs: 2_000 },
    ],
  },
  stallMs: null,
  contention: { startMs: 40, everyMs: 20, leastFree: 500 },
  pollMs: 30,
  settleMs: 100,
  logDelayMs: 10,
};

/** A folder that is gone after the test. */
export function scratch(onTestFinished: (clean: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), "autoloop-training-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeProgram(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

/** Looks until it is so, or fails with what was waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(10);
  }
}
