import { type Device, type ProbeOptions, probeGpus } from "./gpus.ts";
import { kept } from "./heart.ts";
import type { Lease } from "./leases.ts";
import type { ProcessIdentity } from "./process-table.ts";

/** A device that is ours until we release it. */
export interface HeldDevice {
  readonly device: Device;
  /** Tells other programs who trains on it now. */
  assign(work: { trial: string; trainer: ProcessIdentity }): Promise<void>;
  /** Waits until the memory of the last trial is given back; false when somebody else uses the device by now. */
  settle(): Promise<boolean>;
  /** It is not used again by this launch: a trial could not make use of it. */
  distrust(why: string): void;
  release(): Promise<void>;
}

export interface HoldOptions extends Omit<ProbeOptions, "only" | "signal"> {
  /** How long the memory of a trial that ended may stay in use. */
  readonly settleMs: number;
  readonly onNote: (note: string) => void;
}

interface HoldRules {
  /** Why it has to be given back after its trial, as when fewer are allowed by now; null: it may be kept. */
  readonly whyNotKept: () => string | null;
  readonly distrust: (why: string) => void;
}

export function holdDevice(device: Device, lease: Lease, options: HoldOptions & HoldRules): HeldDevice {
  const { assign, release } = kept(lease, {
    clock: options.clock,
    onTrouble: (why) => options.onNote(`The lease of ${device.id} cannot be renewed: ${why}.`),
  });
  return {
    device,
    assign,
    release,
    settle: async () => {
      const why = options.whyNotKept();
      if (why !== null) options.onNote(`${device.id} gets no further trial for now: ${why}.`);
      return why === null && settled(device, options);
    },
    distrust: options.distrust,
  };
}

/** Memory is mostly back at once; a look costs more than the pause before it. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** A killed trial may hold its memory for a while; the next one would start into an out-of-memory (search facts 11). */
async function settled(device: Device, options: HoldOptions): Promise<boolean> {
  if (device.kind === "cpu") return true;
  const { clock, settleMs } = options;
  const deadline = clock.steady() + settleMs;
  let pauseMs = FIRST_PAUSE_MS;
  // Right after a trial the load still shows its last second: memory and processes decide.
  const rule = { ...options.rule, samples: 1, utilization: Number.POSITIVE_INFINITY };
  for (;;) {
    const probe = await probeGpus({ ...options, rule, only: new Set([device.id]) });
    const verdict = probe.devices[0]?.verdict;
    if (verdict?.state === "idle") return true;
    if (verdict?.state === "skipped" || clock.steady() >= deadline) {
      const why = verdict?.why ?? probe.trouble ?? "it is no longer listed";
      options.onNote(`${device.id} gets no further trial for now: ${why}.`);
      return false;
    }
    await clock.sleep(Math.min(pauseMs, settleMs));
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}
