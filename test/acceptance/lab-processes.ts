import { readdir, readFile } from "node:fs/promises";

/** A process of a lab, as somebody sees it who is about to kill it. */
export type Role = "trainer" | "launcher" | "loop";

export interface LabProcess {
  readonly pid: number;
  readonly role: Role;
  /** Its command line, the words divided by NUL. */
  readonly line: string;
}

/** Processes that belong to the lab in `dir`: its trainers, the launcher of its training job, its local loop. */
export async function processesOf(dir: string): Promise<readonly LabProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const seen = await Promise.all(pids.map((pid) => (pid === process.pid ? null : lookAt(pid, dir))));
  return seen.filter((one) => one !== null);
}

/** Trainers name their configuration, which lies in the lab. */
export async function trainersOf(dir: string): Promise<readonly LabProcess[]> {
  return (await processesOf(dir)).filter(({ role }) => role === "trainer");
}

export async function killTrainersOf(dir: string): Promise<number> {
  const found = await trainersOf(dir);
  return found.filter(({ pid }) => kill(pid)).length;
}

/** False: it ended by itself in the meantime. */
export function kill(pid: number): boolean {
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

async function lookAt(pid: number, dir: string): Promise<LabProcess | null> {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
  const line = await read("cmdline");
  const role = await roleOf(line.split("\0"), { dir, environment: () => read("environ") });
  return role && { pid, role, line };
}

async function roleOf(
  line: readonly string[],
  { dir, environment }: { readonly dir: string; readonly environment: () => Promise<string> },
): Promise<Role | null> {
  if (line.some((word) => word.startsWith("--config_path=") && word.includes(dir))) return "trainer";
  if (line.includes("loop") && line.some((word) => word.startsWith(dir))) return "loop";
  if (!line.some((word) => word.endsWith("/action.js"))) return null;
  const variables = (await environment()).split("\0");
  const here = variables.some((entry) => entry.startsWith("RUNNER_TEMP=") && entry.includes(dir));
  return here && variables.includes("INPUT_COMMAND=launch") ? "launcher" : null;
}
