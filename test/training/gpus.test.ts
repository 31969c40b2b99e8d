import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { AutoloopError } from "../../src/errors.ts";
import { type ProbeOptions, probeGpus } from "../../src/training/gpus.ts";
import { IDLE_RULE } from "../../src/training/idle.ts";
import type { Clock, CommandResult, RunCommand } from "../../src/training/ports.ts";
import { fakeNvidiaSmi, gpuRow, uuid } from "./fake-nvidia-smi.ts";
import { realClock, realPorts, scratch } from "./real-ports.ts";

const ok = (stdout: string): CommandResult => ({ kind: "exited", exit: 0, stdout, stderr: "" });

/** Answers each look with the next table; the last one again and again. */
function smi(tables: readonly (readonly string[])[], apps: readonly string[] = []): RunCommand {
  let looks = 0;
  return async ({ args }) => {
    if (args[0]?.startsWith("--query-compute-apps")) return ok(apps.join("\n"));
    const table = tables[Math.min(looks, tables.length - 1)] ?? [];
    looks += 1;
    return ok(table.join("\n"));
  };
}

function stillClock(): Clock & { slept: number[] } {
  const slept: number[] = [];
  return { slept, now: () => 0, steady: () => 0, sleep: async (ms) => void slept.push(ms) };
}

async function verdicts(run: RunCommand, options: Partial<ProbeOptions> = {}) {
  const probe = await probeGpus({ run, clock: stillClock(), rule: IDLE_RULE, cpuSlots: 0, ...options });
  return probe.devices.map(({ device, verdict }) => [
    device.id,
    verdict.state,
    verdict.state === "idle" ? "" : verdict.why,
  ]);
}

describe("probeGpus", () => {
  it("calls a GPU idle that is idle three times over ten seconds", async () => {
    const clock = stillClock();
    const probe = await probeGpus({ run: smi([[gpuRow(0)]]), clock, rule: IDLE_RULE, cpuSlots: 0 });
    expect(probe.devices).toEqual([
      {
        device: { kind: "gpu", id: uuid(0), index: 0, name: "NVIDIA A100-SXM4-40GB" },
        verdict: { state: "idle" },
      },
    ]);
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBe(10_000);
  });

  it("calls a GPU busy that was so in the last of its samples", async () => {
    const run = smi([[gpuRow(0)], [gpuRow(0)], [gpuRow(0, { load: "97" })]]);
    expect(await verdicts(run)).toEqual([[uuid(0), "busy", "its load is 97 %, idle is below 5 %"]]);
  });

  it("calls a GPU busy whose memory is in use, whatever runs on it", async () => {
    // 3 % of 40960 MiB are 1229: a display server's 200 MiB are idle, a zombie's 1300 are not.
    const run = smi([[gpuRow(0, { used: "200" }), gpuRow(1, { used: "1300" })]]);
    expect(await verdicts(run)).toEqual([
      [uuid(0), "idle", ""],
      [uuid(1), "busy", "1300 MiB of its memory are in use, idle is below 1229"],
    ]);
  });

  it("calls a GPU busy that computes for somebody", async () => {
    const run = smi([[gpuRow(0), gpuRow(1)]], [`${uuid(1)}, 4242`]);
    expect(await verdicts(run)).toEqual([
      [uuid(0), "idle", ""],
      [uuid(1), "busy", "process 4242 computes on it"],
    ]);
  });

  it.each([
    ["[N/A]", "idle"],
    ["[Not Supported]", "idle"],
    ["ERR!", "busy"],
    ["[Insufficient Permissions]", "busy"],
    ["[Unknown Error]", "busy"],
  ])("a load of %s makes it %s", async (load, state) => {
    expect((await verdicts(smi([[gpuRow(0, { load })]])))[0]?.[1]).toBe(state);
  });

  it.each(["[N/A]", "ERR!", "[Not Supported]"])("used memory of %s is never idle", async (used) => {
    expect(await verdicts(smi([[gpuRow(0, { used })]]))).toEqual([
      [uuid(0), "busy", "its used memory cannot be read"],
    ]);
  });

  it("skips what is not to be used and says why", async () => {
    const run = smi([
      [
        gpuRow(0, { mig: "Enabled", load: "[N/A]" }),
        gpuRow(1, { mode: "Prohibited" }),
        gpuRow(2, { ecc: "3" }),
        gpuRow(3),
        gpuRow(4, { ecc: "[N/A]", mig: "[N/A]" }),
      ],
    ]);
    expect(await verdicts(run, { reserved: [uuid(3)] })).toEqual([
      [uuid(0), "skipped", "it is split into MIG instances, whose load cannot be read"],
      [uuid(1), "skipped", "its compute mode is Prohibited"],
      [uuid(2), "skipped", "it counts 3 uncorrected memory errors; reset or replace it"],
      [uuid(3), "skipped", "it is reserved in the settings"],
      [uuid(4), "idle", ""],
    ]);
  });

  it("leaves out a field that the driver does not know", async () => {
    const asked: string[] = [];
    const run: RunCommand = async ({ args: [query = ""] }) => {
      if (query.startsWith("--query-compute-apps")) return ok("");
      asked.push(query);
      if (query.includes("mig.mode.current")) {
        const stdout = 'Field "mig.mode.current" is not a valid field to query.\n';
        return { kind: "exited", exit: 2, stdout, stderr: "" };
      }
      return ok("0, GPU-aa, Tesla P100, 16280, 0, 0, Default, [N/A]");
    };
    expect(await verdicts(run, { rule: { ...IDLE_RULE, samples: 1 } })).toEqual([["GPU-aa", "idle", ""]]);
    expect(asked).toHaveLength(2);
  });

  it("uses the other GPUs when one line makes no sense, and tells that line", async () => {
    const lost = "Unable to determine the device handle for GPU0000:81:00.0: Unknown Error";
    const probe = await probeGpus({
      run: smi([[gpuRow(0), lost, gpuRow(2)]]),
      clock: stillClock(),
      rule: IDLE_RULE,
      cpuSlots: 0,
    });
    expect(probe.devices.map(({ device, verdict }) => [device.id, verdict.state])).toEqual([
      [uuid(0), "idle"],
      [uuid(2), "idle"],
    ]);
    expect(probe.strange).toEqual([lost]);
  });

  it("uses the GPUs beside one whose MIG instances compute", async () => {
    const run = smi(
      [[gpuRow(0, { mig: "Enabled", load: "[N/A]" }), gpuRow(1)]],
      ["MIG-5c89852c-d268-c3f3-1b07-005d5ae1dc3f, 4242", `MIG-${uuid(0)}/1/0, 4243`],
    );
    expect((await verdicts(run)).map(([, state]) => state)).toEqual(["skipped", "idle"]);
  });

  it("has no idle device when it cannot tell whose a process is", async () => {
    const run = smi([[gpuRow(0)]], ["[N/A], 4242"]);
    const probe = await probeGpus({ run, clock: stillClock(), rule: IDLE_RULE, cpuSlots: 0 });
    expect(probe.devices).toEqual([]);
    expect(probe.trouble).toContain("[N/A], 4242");
  });

  it.each<[string, CommandResult]>([
    ["the driver does not answer", { kind: "exited", exit: 9, stdout: "NVIDIA-SMI has failed", stderr: "" }],
    ["it takes too long", { kind: "failed", why: "no answer within 10000 ms" }],
    ["a line makes no sense", ok("0, GPU-aa, half a line")],
  ])("has no idle device and no error when %s", async (_, result) => {
    const probe = await probeGpus({
      run: async () => result,
      clock: stillClock(),
      rule: IDLE_RULE,
      cpuSlots: 2,
    });
    expect(probe.devices).toEqual([]);
    expect(probe.trouble).toMatch(/^nvidia-smi: /);
  });

  it("without nvidia-smi tells about CPU slots", async () => {
    const run: RunCommand = async () => ({ kind: "missing" });
    const refused = await verdicts(run).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AutoloopError);
    expect(refused).toMatchObject({
      code: "training.no-gpu",
      next: expect.stringContaining("gpus.cpu_slots"),
    });
    expect(await verdicts(run, { cpuSlots: 2 })).toEqual([
      ["cpu-0", "idle", ""],
      ["cpu-1", "idle", ""],
    ]);
  });

  it("reads a program on PATH", async () => {
    const folder = scratch(onTestFinished);
    fakeNvidiaSmi(folder, [gpuRow(1), gpuRow(0, { used: "30000" })]);
    const { run } = realPorts({ PATH: `${folder}:${process.env["PATH"]}` });
    const rule = { ...IDLE_RULE, intervalMs: 1 };
    const probe = await probeGpus({ run, clock: realClock, rule, cpuSlots: 0 });
    expect(probe.devices.map(({ device, verdict }) => [device.id, verdict.state])).toEqual([
      [uuid(0), "busy"],
      [uuid(1), "idle"],
    ]);
    const missing = realPorts({ PATH: join(folder, "nowhere") }).run;
    await expect(probeGpus({ run: missing, clock: realClock, rule, cpuSlots: 0 })).rejects.toThrow("no GPU");
  });
});
