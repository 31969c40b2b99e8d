import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { acquireLease, type Lease, type LeaseRequest } from "../../src/training/leases.ts";
import { type ProcessIdentity, systemProcessTable } from "../../src/training/process-table.ts";
import { realClock, scratch, until } from "./real-ports.ts";

const table = systemProcessTable();

function request(folder: string, holder?: Partial<ProcessIdentity>): LeaseRequest {
  const self = async () => ({ ...(await table.self()), ...holder });
  return { folder, name: "GPU-aa", processes: { ...table, self }, clock: realClock };
}

async function lease(asked: LeaseRequest): Promise<Lease> {
  const held = await acquireLease(asked);
  if (!held) throw new Error("the lease should have been free");
  return held;
}

const ELSEWHERE = { boot: "00000000-0000-0000-0000-000000000000", machine: "box2 5eed" };

/** A pid that belonged to a process which is gone. */
async function deadPid(): Promise<number> {
  const child = spawn("true");
  const pid = child.pid ?? 0;
  await until("the child is gone", async () => !(await table.identify(pid)).started);
  return pid;
}

describe("acquireLease", () => {
  it("gives a name to one holder until it is released", async () => {
    const asked = request(scratch(onTestFinished));
    const held = await lease(asked);
    expect(await acquireLease(asked)).toBeNull();
    expect(await acquireLease({ ...asked, name: "GPU-bb" })).not.toBeNull();
    await held.release();
    await held.release();
    expect(await acquireLease(asked)).not.toBeNull();
  });

  it("makes a folder that every user may write to, and leases that every user may read", async () => {
    const folder = join(scratch(onTestFinished), "leases");
    await lease(request(folder));
    expect(statSync(folder).mode & 0o7777).toBe(0o1777);
    const [file = ""] = readdirSync(folder);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o644);
  });

  it.each<[string, () => Promise<Partial<ProcessIdentity>>]>([
    ["whose process is dead", async () => ({ pid: await deadPid(), started: "1" })],
    ["whose pid was given to another process", async () => ({ started: "1" })],
    ["from before a reboot", async () => ({ boot: "00000000-0000-0000-0000-000000000000" })],
  ])("overtakes a lease %s", async (_, holder) => {
    const folder = scratch(onTestFinished);
    await lease(request(folder, await holder()));
    const next = await lease(request(folder));
    expect(readdirSync(folder)).toEqual(["GPU-aa.00000002.lease"]);
    expect(await acquireLease(request(folder))).toBeNull();
    await next.release();
  });

  it("is kept by a trainer that outlived its launcher", async () => {
    const folder = scratch(onTestFinished);
    const orphaned = await lease(request(folder, { started: "1" }));
    await orphaned.assign({ trial: "0001a-s42", trainer: await table.self() });
    expect(await acquireLease(request(folder))).toBeNull();
    expect(readFileSync(join(folder, "GPU-aa.00000001.lease"), "utf8")).toContain('"trial":"0001a-s42"');
  });

  it.each([
    ["in another container", { pid: 1, namespace: "pid:[1]" }],
    ["on another machine", ELSEWHERE],
  ])("trusts a holder %s as long as its heart beats", async (_, holder) => {
    const folder = scratch(onTestFinished);
    const far = await lease(request(folder, holder));
    const file = join(folder, "GPU-aa.00000001.lease");
    expect(await acquireLease(request(folder))).toBeNull();
    utimesSync(file, 1, 1);
    await far.beat();
    expect(await acquireLease(request(folder))).toBeNull();
    utimesSync(file, 1, 1);
    expect(await acquireLease(request(folder))).not.toBeNull();
  });

  it("reads a lease that does not say which machine holds it", async () => {
    const folder = scratch(onTestFinished);
    await lease(request(folder));
    const file = join(folder, "GPU-aa.00000001.lease");
    const { holder, ...record } = JSON.parse(readFileSync(file, "utf8"));
    const { machine, ...old } = holder;
    expect(machine).not.toBe("");
    writeFileSync(file, JSON.stringify({ ...record, holder: old }));
    expect(await acquireLease(request(folder))).toBeNull();
    utimesSync(file, 1, 1);
    expect(await acquireLease(request(folder))).toBeNull();
    writeFileSync(file, JSON.stringify({ ...record, holder: { ...old, started: "1" } }));
    expect(await acquireLease(request(folder))).not.toBeNull();
  });

  it("waits for an unreadable lease to grow old", async () => {
    const folder = scratch(onTestFinished);
    const file = join(folder, "GPU-aa.00000007.lease");
    writeFileSync(file, "");
    expect(await acquireLease(request(folder))).toBeNull();
    utimesSync(file, 1, 1);
    await lease(request(folder));
    expect(readdirSync(folder)).toEqual(["GPU-aa.00000008.lease"]);
  });

  it("does not follow a link that somebody planted", async () => {
    const folder = scratch(onTestFinished);
    const target = join(folder, "victim");
    writeFileSync(target, "precious");
    symlinkSync(target, join(folder, "GPU-aa.00000001.lease"));
    expect(await acquireLease(request(folder))).toBeNull();
    expect(readFileSync(target, "utf8")).toBe("precious");
  });

  it("backs off when others came and went between its look and its file", async () => {
    const folder = scratch(onTestFinished);
    await lease(request(folder, { started: "1" }));
    let rival: Lease | undefined;
    // The slow one has seen generation 1 as stale. Meanwhile it is overtaken and released, and numbering begins anew.
    const slow = request(folder);
    const self = async () => {
      const first = await lease(request(folder));
      await first.release();
      rival = await lease(request(folder));
      return table.self();
    };
    expect(await acquireLease({ ...slow, processes: { ...table, self } })).toBeNull();
    expect(readdirSync(folder)).toEqual(["GPU-aa.00000001.lease"]);
    await rival?.release();
    expect(await acquireLease(slow)).not.toBeNull();
  });

  it("of many that overtake a stale lease at once lets at most one through, and leaves no litter", async () => {
    for (let round = 0; round < 20; round += 1) {
      const folder = scratch(onTestFinished);
      await lease(request(folder, { started: "1" }));
      const all = await Promise.all(Array.from({ length: 8 }, () => acquireLease(request(folder))));
      const held = all.filter((one) => one !== null);
      expect(held.length).toBeLessThanOrEqual(1);
      expect(readdirSync(folder).filter((file) => file.endsWith(".tmp"))).toEqual([]);
      await held[0]?.release();
      const after = await lease(request(folder));
      await after.release();
    }
  });

  it("explains a folder that cannot hold leases", async () => {
    const file = join(scratch(onTestFinished), "a-file");
    writeFileSync(file, "");
    const refused = acquireLease(request(join(file, "leases")));
    await expect(refused).rejects.toMatchObject({ code: "training.lease-folder" });
  });
});
