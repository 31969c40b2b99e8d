import { describe, expect, it } from "vitest";
import { guardAgainstContention } from "../../src/training/contention.ts";
import { type GpuReading, type GpuTable, sharedReading } from "../../src/training/nvidia-smi.ts";
import { uuid } from "./fake-nvidia-smi.ts";

const OURS = 100;
const device = { kind: "gpu", id: uuid(0), index: 0, name: "A100" } as const;
const limits = { startMs: 20_000, everyMs: 10_000, leastFree: 500 };

function reading(pids: readonly number[], memoryUsed: GpuReading["memoryUsed"] = 20_000): GpuTable {
  const gpu: GpuReading = {
    index: 0,
    uuid: uuid(0),
    name: "A100",
    memoryTotal: 40_960,
    memoryUsed,
    utilization: 90,
    computeMode: "Default",
    mig: false,
    eccErrors: 0,
    pids,
  };
  return { kind: "read", gpus: [gpu], strange: [] };
}

/** One reading per look; after the last one the trainer has ended. */
async function guard(tables: readonly GpuTable[]) {
  const ended = new AbortController();
  const notes: string[] = [];
  let now = 0;
  let looks = 0;
  const request = await guardAgainstContention({
    device,
    limits,
    processes: { isMember: async ({ pid }) => pid === OURS },
    clock: {
      now: () => now,
      steady: () => now,
      sleep: async (ms) => {
        now += ms;
        if (looks === tables.length) ended.abort();
      },
    },
    look: async () => tables[looks++] ?? { kind: "none" },
    onNote: (note) => notes.push(note),
  })({ pid: OURS, ended: ended.signal, lastOutput: () => 0 });
  return { request, notes, looks };
}

const alone = () => reading([OURS]);
const shared = (memoryUsed?: GpuReading["memoryUsed"]) => reading([OURS, 7], memoryUsed);
const times = (count: number, of: () => GpuTable) => Array.from({ length: count }, of);
/** Four looks in 20 s show that we are alone: the start is over. */
const start = times(4, alone);

describe("guardAgainstContention", () => {
  it("gives way to who came with us and stays", async () => {
    const { request } = await guard([alone(), shared(), shared()]);
    expect(request).toEqual({
      outcome: "interrupted",
      reason: "contention",
      evidence: { device: uuid(0), foreign_pid: 7 },
      urgent: false,
    });
  });

  it("gives way when our own trainer turns up beside somebody who was there first", async () => {
    const slow = times(6, () => reading([7]));
    expect((await guard([...slow, shared()])).request).toMatchObject({ reason: "contention" });
  });

  it("lets a script of five seconds pass, soon after the start and later", async () => {
    const { request, notes } = await guard([
      alone(),
      shared(),
      alone(),
      ...start,
      shared(),
      alone(),
      alone(),
    ]);
    expect(request).toBeNull();
    expect(notes).toHaveLength(1);
  });

  it("only warns, once, of who comes later", async () => {
    const { request, notes } = await guard([...start, ...times(50, shared)]);
    expect(request).toBeNull();
    expect(notes).toEqual([`process 7 computes on ${uuid(0)} too; the trial goes on while memory lasts`]);
  });

  it("gives way to them when memory is short twice in a row", async () => {
    const { request, looks } = await guard([
      ...start,
      shared(40_600),
      shared(),
      shared(40_600),
      shared(40_600),
      shared(),
    ]);
    expect(looks).toBe(8);
    expect(request).toMatchObject({
      outcome: "interrupted",
      reason: "contention",
      evidence: { foreign_pid: 7, free_mib: 360, least_free_mib: 500 },
    });
  });

  it.each([
    ["is full of our own", times(30, () => reading([OURS], 40_900))],
    ["cannot be read", times(30, () => shared("unreadable"))],
  ])("goes on where memory %s", async (_, tables) => {
    expect((await guard([...start, ...tables])).request).toBeNull();
  });

  it("says nothing where pids are those of another namespace, or nvidia-smi does not answer", async () => {
    const unknown: GpuTable = { kind: "unknown", why: "no answer within 10000 ms" };
    const { request, notes } = await guard([
      ...times(10, () => reading([7], 40_900)),
      ...times(10, () => unknown),
    ]);
    expect(request).toBeNull();
    expect(notes).toEqual([]);
  });

  it("does not take one reading for two", async () => {
    const short = shared(40_600);
    expect((await guard([...start, short, short, short, short])).request).toBeNull();
  });
});

describe("sharedReading", () => {
  it("asks nvidia-smi again when the last answer is old", async () => {
    let now = 0;
    let asked = 0;
    const look = sharedReading({
      run: async () => {
        asked += 1;
        return { kind: "missing" };
      },
      clock: { now: () => now, steady: () => now, sleep: async () => undefined },
      maxAgeMs: 5_000,
    });
    await Promise.all(times(8, () => reading([])).map(look));
    now = 4_999;
    await look();
    expect(asked).toBe(2);
    now = 5_000;
    await look();
    expect(asked).toBe(4);
  });
});
