import { setTimeout as sleep } from "node:timers/promises";
import { kill, type LabProcess, processesOf, type Role } from "./lab-processes.ts";

/** Numbers between 0 and 1 from a seed, so that a bad night can be lived through again (a 32-bit mixing generator). */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

export interface Vandal {
  /** What was killed so far. */
  readonly killed: Record<Role, number>;
  stop(): Promise<void>;
}

/** Kills a trainer, whoever supervises it, or everything at once, at moments that `seed` decides; at most `kills` times. */
export function vandal(options: {
  readonly dir: string;
  readonly seed: number;
  readonly kills: number;
  /** Shortest and longest wait between two kills, in milliseconds. */
  readonly pause: readonly [number, number];
}): Vandal {
  const { dir, kills, pause } = options;
  const draw = chance(options.seed);
  const killed: Record<Role, number> = { trainer: 0, launcher: 0, loop: 0 };
  const stopped = new AbortController();
  const night = (async () => {
    for (let done = 0; done < kills && !stopped.signal.aborted; ) {
      await wait(pause[0] + draw() * (pause[1] - pause[0]), stopped.signal);
      const all = await processesOf(dir);
      if (all.length === 0 || stopped.signal.aborted) continue;
      const victims = choose(all, draw());
      for (const { pid, role } of victims) if (kill(pid)) killed[role] += 1;
      done += victims.length > 0 ? 1 : 0;
    }
  })();
  return {
    killed,
    stop: async () => {
      stopped.abort();
      await night;
    },
  };
}

/** One trainer in half of the cases, else the supervisor, and sometimes everybody in the same moment; mostly while it trains. */
function choose(all: readonly LabProcess[], luck: number): readonly LabProcess[] {
  const trainers = all.filter(({ role }) => role === "trainer");
  const others = all.filter(({ role }) => role !== "trainer");
  if (trainers.length === 0) return luck < 0.1 ? others : [];
  if (luck < 0.5) return trainers.slice(Math.floor(luck * 2 * trainers.length)).slice(0, 1);
  return luck < 0.75 ? others : all;
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
