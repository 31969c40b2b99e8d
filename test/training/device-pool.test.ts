import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { devicePool, type PoolOptions } from "../../src/training/device-pool.ts";
import { IDLE_RULE } from "../../src/training/idle.ts";
import { fakeNvidiaSmi, gpuRow, uuid } from "./fake-nvidia-smi.ts";
import { bareBin } from "./fake-trainers.ts";
import { realPorts, scratch } from "./real-ports.ts";

function pool(options: { rows: readonly string[] } & Partial<PoolOptions>) {
  const folder = scratch(onTestFinished);
  const bin = bareBin(folder);
  const { rows, ...changed } = options;
  fakeNvidiaSmi(bin, rows);
  const notes: string[] = [];
  const leaseFolder = join(folder, "leases");
  const given: PoolOptions = {
    ...realPorts({ PATH: bin }),
    rule: { ...IDLE_RULE, intervalMs: 1 },
    cpuSlots: 0,
    leaveFree: () => 0,
    leaseFolder,
    settleMs: 40,
    onNote: (note) => notes.push(note),
    ...changed,
  };
  const claim = async (max: number, from = devicePool(given)) =>
    from({ max, signal: new AbortController().signal });
  return {
    claim,
    given,
    notes,
    leases: () => readdirSync(leaseFolder),
    show: (shown: readonly string[]) => writeFileSync(join(bin, "gpus.csv"), shown.join("\n")),
  };
}

const ids = (held: readonly { device: { id: string } }[]) => held.map(({ device }) => device.id);

describe("devicePool", () => {
  it("hands out no more than asked for, and what is held to nobody else", async () => {
    const at = pool({ rows: [gpuRow(0), gpuRow(1), gpuRow(2)] });
    const mine = await at.claim(2);
    expect(ids(mine)).toEqual([uuid(0), uuid(1)]);
    expect(ids(await at.claim(3))).toEqual([uuid(2)]);
    expect(await at.claim(1)).toEqual([]);
    await mine[0]?.release();
    expect(ids(await at.claim(1))).toEqual([uuid(0)]);
  });

  it.each([
    [1, [0, 1]],
    [2, [0]],
    [3, []],
  ])("leaves %d GPUs free for people", async (leaveFree, taken) => {
    const at = pool({
      rows: [gpuRow(0), gpuRow(1), gpuRow(2), gpuRow(3, { load: "80" })],
      leaveFree: () => leaveFree,
    });
    expect(ids(await at.claim(4))).toEqual(taken.map(uuid));
    expect(at.leases()).toHaveLength(taken.length);
  });

  it("says why it does not take a device, once", async () => {
    const at = pool({ rows: [gpuRow(0, { mig: "Enabled" }), gpuRow(1, { used: "5000" })] });
    const claim = devicePool(at.given);
    await at.claim(1, claim);
    at.show([gpuRow(0, { mig: "Enabled" }), gpuRow(1, { used: "6000" })]);
    await at.claim(1, claim);
    expect(at.notes).toEqual([
      `${uuid(0)} is skipped: it is split into MIG instances, whose load cannot be read.`,
      `${uuid(1)} is busy: 5000 MiB of its memory are in use, idle is below 1229.`,
    ]);
    expect(at.leases).toThrow("ENOENT");
  });

  it("gives a GPU up whose memory does not come back after a trial", async () => {
    const at = pool({ rows: [gpuRow(0)] });
    const [held] = await at.claim(1);
    at.show([gpuRow(0, { load: "99" })]);
    expect(await held?.settle()).toBe(true);
    at.show([gpuRow(0, { used: "20000" })]);
    expect(await held?.settle()).toBe(false);
    expect(at.notes).toEqual([
      `${uuid(0)} gets no further trial for now: 20000 MiB of its memory are in use, idle is below 1229.`,
    ]);
  });

  it("hands a GPU on at once when its memory is back, however often it has to look", async () => {
    const at = pool({ rows: [gpuRow(0)], settleMs: 10_000 });
    const [held] = await at.claim(1);
    at.show([gpuRow(0, { used: "20000" })]);
    const settled = held?.settle();
    at.show([gpuRow(0, { load: "40" })]);
    expect(await settled).toBe(true);
    expect(at.notes).toEqual([]);
  });

  it("gives a GPU back after its trial when more are to stay free by then", async () => {
    let leaveFree = 0;
    const at = pool({ rows: [gpuRow(0), gpuRow(1)], leaveFree: () => leaveFree });
    const claim = devicePool(at.given);
    const held = await at.claim(2, claim);
    leaveFree = 1;
    expect(await Promise.all(held.map((one) => one.settle()))).toEqual([false, false]);
    expect(at.notes[0]).toBe(
      `${uuid(0)} gets no further trial for now: more GPUs are to stay free at this hour.`,
    );
    await Promise.all(held.map((one) => one.release()));
    expect(ids(await at.claim(2, claim))).toEqual([uuid(0)]);
  });

  it("uses a GPU no more that a trial could not use, and ends when there is no other", async () => {
    const at = pool({ rows: [gpuRow(0), gpuRow(1)] });
    const claim = devicePool(at.given);
    const [first, second] = await at.claim(2, claim);
    first?.distrust("its last trial was left without it");
    expect(await first?.settle()).toBe(false);
    expect(await second?.settle()).toBe(true);
    await first?.release();
    expect(await at.claim(1, claim)).toEqual([]);
    second?.distrust("its last trial was left without it");
    await second?.release();
    await expect(at.claim(1, claim)).rejects.toMatchObject({ code: "training.gpus-unusable" });
  });

  it("shares CPU slots between programs as it does GPUs", async () => {
    const at = pool({ rows: [], cpuSlots: 2, leaveFree: () => 1, run: async () => ({ kind: "missing" }) });
    expect(ids(await at.claim(4))).toEqual(["cpu-0", "cpu-1"]);
    expect(await at.claim(4)).toEqual([]);
  });
});
