/** Devices that this process may train on: leased first, then checked, so that two programs never check the same one. */
import { AutoloopError } from "../errors.ts";
import { type Device, type Probe, type ProbeOptions, probeGpus } from "./gpus.ts";
import { type HeldDevice, type HoldOptions, holdDevice } from "./held-device.ts";
import { acquireLease, type Lease } from "./leases.ts";
import type { ProcessTable } from "./process-table.ts";

export interface PoolOptions extends HoldOptions {
  readonly leaseFolder: string;
  readonly processes: ProcessTable;
  /** That many idle GPUs stay free for people; may change while it runs. */
  readonly leaveFree: () => number;
}

/** Up to `max` devices that were idle through the whole rule; none is a normal answer. */
export type ClaimDevices<Held = HeldDevice> = (request: {
  max: number;
  signal: AbortSignal;
}) => Promise<readonly Held[]>;

/**
 * @throws AutoloopError from a claim: `training.no-gpu`, `training.gpus-unusable` when trials could use none of the GPUs,
 * `training.lease-folder` when no lease can be made.
 */
export function devicePool(options: PoolOptions): ClaimDevices {
  const explain = explainer(options.onNote);
  const distrusted = new Map<string, string>();
  const hold = (device: Device, lease: Lease, leaveFree: number): HeldDevice =>
    holdDevice(device, lease, {
      ...options,
      distrust: (why) => void distrusted.set(device.id, why),
      whyNotKept: () =>
        distrusted.get(device.id) ??
        (options.leaveFree() > leaveFree ? "more GPUs are to stay free at this hour" : null),
    });
  const probeTrusted = async (probing: ProbeOptions): Promise<Probe> => {
    const probe = await probeGpus(probing);
    return { ...probe, devices: probe.devices.map((probed) => skipDistrusted(probed, distrusted)) };
  };
  return async ({ max, signal }) => {
    const leaveFree = options.leaveFree();
    const look = await probeTrusted({ ...options, rule: { ...options.rule, samples: 1 }, signal });
    explain(look);
    checkUsable(look, distrusted);
    const leases = new Map<Device, Lease>();
    try {
      await leaseIdle(leases, { ...options, look, max, leaveFree });
      if (leases.size === 0) return [];
      const only = new Set([...leases.keys()].map((device) => device.id));
      const probe = await probeTrusted({ ...options, only, signal });
      explain(probe);
      await dropUnlessIdle(leases, signal.aborted ? [] : probe.devices);
    } catch (error) {
      await Promise.all([...leases.values()].map((lease) => lease.release()));
      throw error;
    }
    return [...leases].map(([device, lease]) => hold(device, lease, leaveFree));
  };
}

function skipDistrusted(
  probed: Probe["devices"][number],
  distrusted: ReadonlyMap<string, string>,
): Probe["devices"][number] {
  const why = distrusted.get(probed.device.id);
  return why === undefined ? probed : { ...probed, verdict: { state: "skipped", why } };
}

/** Waiting would not bring them back, and each further trial would be lost on them. */
function checkUsable({ devices }: Probe, distrusted: ReadonlyMap<string, string>): void {
  const hopeful = devices.some(({ verdict }) => verdict.state !== "skipped");
  const [first] = devices.flatMap(({ device }) => distrusted.get(device.id) ?? []);
  if (hopeful || first === undefined) return;
  throw new AutoloopError("training.gpus-unusable", {
    what: `No GPU of this machine can be used any more: ${first}.`,
    next: "See whether the trainer's Python sees CUDA (`torch.cuda.is_available()`), and what `dmesg` says of the GPUs.",
  });
}

async function leaseIdle(
  leases: Map<Device, Lease>,
  options: Omit<PoolOptions, "leaveFree"> & { look: Probe; max: number; leaveFree: number },
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
  return ({ devices, trouble, strange }) => {
    if (changed("all", trouble ?? "") && trouble !== null) say(`No GPU can be used now: ${trouble}.`);
    for (const line of strange) {
      if (changed(line, "strange")) say(`A GPU is not used, because nvidia-smi says of it: ${line}.`);
    }
    for (const { device, verdict } of devices) {
      if (changed(device.id, verdict.state) && verdict.state !== "idle") {
        say(`${device.id} is ${verdict.state}: ${verdict.why}.`);
      }
    }
  };
}
