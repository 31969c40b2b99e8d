/** What server and clients agree on. */
export const ENTITY = "lab";
export const PROJECT = "policies";
export const KEY = "k".repeat(40);
export const ROWS = 2000;
export const SIZES = [20, 100, 300] as const;
export const LATENCY_MS = 100;

/** Twelve keys that the product reads. */
export const KEYS = [
  "train/loss",
  "train/l1_loss",
  "train/kld_loss",
  "train/grad_norm",
  "train/lr",
  "train/ot_loss",
  "train/ot_pi_sum",
  "train/ot_pi_diag",
  "train/ot_cost/state",
  "train/ot_cost/action_lbl",
  "train/update_s",
  "train/dataloading_s",
] as const;

/** The tag of the first so many runs. */
export function tagOf(size: number): string {
  return `first-${size}`;
}
