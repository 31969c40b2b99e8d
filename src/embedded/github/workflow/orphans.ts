import { readdir, readFile } from "node:fs/promises";

/** Processes that still carry the job's tracking id in their environment: what GitHub's runner ends with the job. */
async function findTracked(trackingId: string): Promise<number[]> {
  const wanted = `RUNNER_TRACKING_ID=${trackingId}`;
  const entries = await readdir("/proc").catch((): string[] => []);
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => ((await environmentOf(pid)).includes(wanted) ? [pid] : [])),
  );
  return found.flat().filter((pid) => pid !== process.pid);
}

export async function killTracked(trackingId: string): Promise<number[]> {
  const pids = await findTracked(trackingId);
  for (const pid of pids) kill(pid, "SIGKILL");
  return pids;
}

/** A process may be gone or somebody else's by the time it is looked at. */
async function environmentOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  return text.split("\0");
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ESRCH")) throw cause;
  }
}
