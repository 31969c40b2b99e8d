/** Devices that this process may train on: leased first, then checked, so that two programs never check the same one. */
import { type Device, type Probe, probeGpus } from "./gpus.ts";
import { type HeldDevice, type HoldOptions, holdDevice } from "./held-device.ts";
import { acquireLease, type Lease } from "./leases.ts";
import type { ProcessTable } from "./process-table.ts";

export interface PoolOptions extends HoldOptions {
  readonly leaseFolder: string;
  readonly processes: ProcessTable;
  /** That many idle GPUs stay free for people. */
  readonly leaveFree: number;
}

/** Up to `max` devices that were idle through the whole rule; none is a normal answer. */
export type ClaimDevices<Held = HeldDevice> = (request: {
  max: number;
  signal: AbortSignal;
}) => Promise<readonly Held[]>;

/** @throws AutoloopError `training.no-gpu` from a claim; `training.lease-folder` when no lease can be made. */
export function devicePool(options: PoolOptions): ClaimDevices {
  const explain = explainer(options.onNote);
  return async ({ max, signal }) => {
    const look = await probeGpus({ ...options, rule: { ...options.rule, samples: 1 }, signal });
    explain(look);
    const leases = new Map<Device, Lease>();
    try {
      await leaseIdle(leases, { ...options, look, max });
      if (leases.size === 0) return [];
      const only = new Set([...leases.keys()].map((device) => device.id));
      const probe = await probeGpus({ ...options, only, signal });
      explain(probe);
      await dropUnlessIdle(leases, signal.aborted ? [] : probe.devices);
    } catch (error) {
      await Promise.all([...leases.values()].map((lease) => lease.release()));
      throw error;
    }
    return [...leases].map(([device, lease]) => holdDevice(device, lease, options));
  };
}

async function leaseIdle(
  leases: Map<Device, Lease>,
  options: PoolOptions & { look: Probe; max: number },
): Promise<void> {
  const idle = options.look.devices.filter(({ verdict }) => verdict.state === "idle");
  const leaveFree = idle.some(({ device }) => device.kind === "gpu") ? options.leaveFree : 0;
  for (const { device } of idle) {
    // How many are free shows only once they are leased, so `leaveFree` more are taken and given back.
    if (leases.size >= options.max + leaveFree) break;
    const lease = await acquireLease({ ...options, folder: options.leaseFolder, name: device.id });
    if (lease) leases.set(device, lease);
  }
  const surplus = [...leases].slice(Math.max(0, leases.size - leaveFree));
  for (const [device, lease] of surplus) {
    await lease.release();
    leases.delete(device);
  }
}

async function dropUnlessIdle(leases: Map<Device, Lease>, devices: Probe["devices"]): Promise<void> {
  const idle = new Set(
    devices.filter(({ verdict }) => verdict.state === "idle").map(({ device }) => device.id),
  );
  for (const [device, lease] of [...leases].filter(([held]) => !idle.has(held.id))) {
    await lease.release();
    leases.delete(device);
  }
}

/** Says why a device is not used whenever that changes in kind, not at every reading. */
function explainer(say: (note: string) => void): (probe: Probe) => void {
  const states = new Map<string, string>();
  const changed = (what: string, state: string): boolean => {
    const known = states.get(what);
    states.set(what, state);
    return known !== state;
  };
  return ({ devices, trouble }) => {
    if (changed("all", trouble ?? "") && trouble !== null) say(`No GPU can be used now: ${trouble}.`);
    for (const { device, verdict } of devices) {
      if (changed(device.id, verdict.state) && verdict.state !== "idle") {
        say(`${device.id} is ${verdict.state}: ${verdict.why}.`);
      }
    }
  };
}
