/** Which devices of this machine are free to train on. */
import { AutoloopError } from "../errors.ts";
import { type GpuVerdict, type IdleRule, judgeGpu } from "./idle.ts";
import { type GpuReading, readGpus } from "./nvidia-smi.ts";
import type { Clock, RunCommand } from "./ports.ts";

/** `id` is what leases and CUDA_VISIBLE_DEVICES go by: a GPU uuid, or `cpu-0`, `cpu-1`, … */
export type Device =
  | { readonly kind: "gpu"; readonly id: string; readonly index: number; readonly name: string }
  | { readonly kind: "cpu"; readonly id: string };

interface ProbedDevice {
  readonly device: Device;
  readonly verdict: GpuVerdict;
}

export interface ProbeOptions {
  readonly run: RunCommand;
  readonly clock: Clock;
  readonly rule: IdleRule;
  /** Slots of a machine without GPUs; on a machine with GPUs they do not exist. */
  readonly cpuSlots: number;
  /** GPU uuids or indices that are never used. */
  readonly reserved?: readonly string[];
  /** Looks only at these; the others are left out of the answer. */
  readonly only?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
}

/** Devices in the order of their index, or why the machine could not be read (then nothing is idle). */
export interface Probe {
  readonly devices: readonly ProbedDevice[];
  readonly trouble: string | null;
  /** Lines of `nvidia-smi` that made no sense: GPUs that are not used. */
  readonly strange: readonly string[];
}

/** @throws AutoloopError `training.no-gpu` on a machine without GPUs and without CPU slots. */
export async function probeGpus(options: ProbeOptions): Promise<Probe> {
  let probe = await sample(options);
  for (let taken = 1; taken < options.rule.samples && anyIdle(probe); taken += 1) {
    await options.clock.sleep(options.rule.intervalMs, options.signal);
    probe = worseOf(probe, await sample(options));
  }
  return probe;
}

async function sample({ run, rule, cpuSlots, reserved = [], only }: ProbeOptions): Promise<Probe> {
  const table = await readGpus(run);
  if (table.kind === "none") return { devices: cpuDevices(cpuSlots, only), trouble: null, strange: [] };
  if (table.kind === "unknown") return { devices: [], trouble: `nvidia-smi: ${table.why}`, strange: [] };
  const devices = table.gpus
    .filter((gpu) => only?.has(gpu.uuid) ?? true)
    .toSorted((a, b) => a.index - b.index)
    .map((gpu) => ({
      device: { kind: "gpu" as const, id: gpu.uuid, index: gpu.index, name: gpu.name },
      verdict: isReserved(gpu, reserved)
        ? ({ state: "skipped", why: "it is reserved in the settings" } as const)
        : judgeGpu(gpu, rule),
    }));
  return { devices, trouble: null, strange: table.strange };
}

function cpuDevices(slots: number, only: ReadonlySet<string> | undefined): ProbedDevice[] {
  if (slots === 0) {
    throw new AutoloopError("training.no-gpu", {
      what: "This machine has no GPU that nvidia-smi knows of.",
      next: "Run it where the driver is installed, or set `gpus.cpu_slots` to train on the CPU.",
    });
  }
  return Array.from({ length: slots }, (_, index) => `cpu-${index}`)
    .filter((id) => only?.has(id) ?? true)
    .map((id) => ({ device: { kind: "cpu", id }, verdict: { state: "idle" } }));
}

function anyIdle(probe: Probe): boolean {
  return probe.devices.some(({ device, verdict }) => device.kind === "gpu" && verdict.state === "idle");
}

/** A device is idle only if it was each time; one that vanished from the second reading is not idle. */
function worseOf(first: Probe, second: Probe): Probe {
  if (second.trouble !== null) return second;
  const now = new Map(second.devices.map((probed) => [probed.device.id, probed]));
  const gone: GpuVerdict = { state: "busy", why: "it is no longer listed" };
  return {
    trouble: null,
    strange: second.strange,
    devices: first.devices.map(({ device, verdict }) =>
      verdict.state === "idle"
        ? { device, verdict: now.get(device.id)?.verdict ?? gone }
        : { device, verdict },
    ),
  };
}

function isReserved(gpu: GpuReading, reserved: readonly string[]): boolean {
  return reserved.includes(gpu.uuid) || reserved.includes(String(gpu.index));
}
