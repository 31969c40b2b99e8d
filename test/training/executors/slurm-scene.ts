import { join } from "node:path";
import { SlurmSettings } from "../../../src/training/executors/slurm-settings.ts";
import type { RemoteTiming } from "../../../src/training/executors/timing.ts";
import { type Scene, type SceneOptions, scene } from "../launch-scene.ts";
import { QUICK } from "../real-ports.ts";
import { type FakeSlurm, fakeSlurm } from "./fake-slurm.ts";

/** Waits that a test can afford. */
export const QUICK_REMOTE: RemoteTiming = { tickMs: 20, pollMs: 100, settleMs: 500, lostMs: 700 };

export interface SlurmScene extends Scene {
  readonly slurm: FakeSlurm;
}

/** The machine of `launch-scene.ts`, with a Slurm to submit to. */
export function slurmScene(
  onTestFinished: (clean: () => void | Promise<void>) => void,
  options: Omit<SceneOptions, "gpus" | "slots"> & { readonly asks?: Partial<SlurmSettings> },
): SlurmScene {
  const at = scene(onTestFinished, {
    ...options,
    slots: 0,
    supervision: { ...QUICK, remote: QUICK_REMOTE, ...options.supervision },
  });
  const slurm = fakeSlurm(at.folder, join(at.folder, "bin"));
  onTestFinished(() => slurm.end());
  const asks = SlurmSettings.parse(options.asks ?? {});
  return {
    ...at,
    slurm,
    launch: ({ settings, ...given } = {}) => at.launch({ ...given, settings: { slurm: asks, ...settings } }),
  };
}
