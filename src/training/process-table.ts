/**
 * Which processes live. A pid alone says little, because numbers are used again: a process is the same one only with the
 * same start time and boot id.
 */
import { readdir, readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import * as z from "zod";

export const ProcessIdentity = z.strictObject({
  pid: z.int().positive(),
  /** Start in clock ticks since boot, as `/proc` tells it; null where it does not. */
  started: z.string().nullable(),
  boot: z.string().nullable(),
  /** Its name and id: on the same machine an earlier boot is over, on another one it may be under way. Unknown in old records. */
  machine: z.string().nullable().default(null),
  /** Pid namespace: in another container the same pid is another process. */
  namespace: z.string().nullable(),
});
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

/** unknown: it belongs to another pid namespace or another machine, where we cannot look. */
type Life = "alive" | "dead" | "unknown";

export interface ProcessTable {
  self(): Promise<ProcessIdentity>;
  identify(pid: number): Promise<ProcessIdentity>;
  lifeOf(identity: ProcessIdentity): Promise<Life>;
  /** Living members of a process group that began as its own session, as every trainer does. */
  membersOf(group: number): Promise<number[]>;
  /** One look instead of one at every process: is it a living member of that group? */
  isMember(member: { readonly group: number; readonly pid: number }): Promise<boolean>;
  /** Living processes that were started with exactly this argument. */
  withArgument(argument: string): Promise<number[]>;
  /** False when nobody is left to be signalled. */
  signalGroup(group: number, signal: NodeJS.Signals): boolean;
}

/** Fields of `/proc/<pid>/stat` that we use; see proc(5). */
interface Stat {
  readonly state: string;
  readonly group: number;
  readonly session: number;
  readonly started: string;
}

/** The table of this machine. Without `/proc` (not Linux) only pids are compared. */
export function systemProcessTable(): ProcessTable {
  const boot = readOrNull("/proc/sys/kernel/random/boot_id");
  const machine = thisMachine();
  const namespace = readlink("/proc/self/ns/pid").catch(() => null);
  const identify = async (pid: number): Promise<ProcessIdentity> => ({
    pid,
    started: (await statOf(pid))?.started ?? null,
    boot: (await boot)?.trim() ?? null,
    machine: await machine,
    namespace: await namespace,
  });

  return {
    self: () => identify(process.pid),
    identify,
    lifeOf: async (identity) => {
      if (identity.boot !== null && identity.boot !== ((await boot)?.trim() ?? null))
        return identity.machine === (await machine) ? "dead" : "unknown";
      if (identity.namespace !== (await namespace)) return "unknown";
      const stat = await statOf(identity.pid);
      if (stat)
        return isLiving(stat) && stat.started === (identity.started ?? stat.started) ? "alive" : "dead";
      // With `hidepid` the folder of another user's process is invisible, but a signal still finds it.
      return signal(identity.pid, 0) ? "alive" : "dead";
    },
    membersOf: async (group) => {
      const stats = await Promise.all((await pids()).map(async (pid) => ({ pid, stat: await statOf(pid) })));
      return stats.filter(({ stat }) => isIn(group, stat)).map(({ pid }) => pid);
    },
    isMember: async ({ group, pid }) => isIn(group, await statOf(pid)),
    withArgument: async (argument) => {
      const lines = await Promise.all(
        (await pids()).map(async (pid) => ({ pid, line: await readOrNull(`/proc/${pid}/cmdline`) })),
      );
      return lines.filter(({ line }) => line?.split("\0").includes(argument)).map(({ pid }) => pid);
    },
    signalGroup: (group, name) => signal(-group, name),
  };
}

/** Cloned machines have one id, and many are called the same: only both together tell them apart. */
async function thisMachine(): Promise<string> {
  const id = (await readOrNull("/etc/machine-id"))?.trim() ?? "";
  return `${hostname()} ${id}`.trim();
}

function isIn(group: number, stat: Stat | null): boolean {
  return stat !== null && isLiving(stat) && stat.group === group && stat.session === group;
}

function isLiving(stat: Stat): boolean {
  return stat.state !== "Z" && stat.state !== "X";
}

async function pids(): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function statOf(pid: number): Promise<Stat | null> {
  const text = await readOrNull(`/proc/${pid}/stat`);
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, , group, session] = fields ?? [];
  const started = fields?.[19];
  if (state === undefined || started === undefined) return null;
  return { state, group: Number(group), session: Number(session), started };
}

/** Processes come and go while we look: one that cannot be read is not there. */
async function readOrNull(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}

function signal(target: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, name);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
