import type { LaunchSettings } from "./launch-options.ts";
import type { TrainerTap } from "./tap/trainer-tap.ts";
import type { WandbSettings } from "./trainer-command.ts";

export interface Logging {
  readonly wandb: WandbSettings;
  /** null: the trainer logs directly, or to its own file only. */
  readonly tap: TrainerTap | null;
}

/**
 * Offline the SDK talks to nobody: whether anything leaves the machine is then up to the tap. A run that goes on is asked for at W&B;
 * where nobody can be asked, the rest of it goes to its file alone.
 */
export function loggingOf(
  { settings: { wandb }, tap }: { readonly settings: LaunchSettings; readonly tap: TrainerTap | null },
  goesOn: boolean,
): Logging {
  if (tap === null) return { wandb, tap };
  if (goesOn && !tap.knowsRuns) return { wandb: { ...wandb, mode: "offline" }, tap: null };
  return { wandb: wandb.mode === "offline" ? { ...wandb, mode: "online" } : wandb, tap };
}
