import type { TrainerEvent } from "./trainer-log.ts";

/** The curves that stderr alone gives, under their W&B keys. */
export type LogCurve =
  | "train/loss"
  | "train/grad_norm"
  | "train/lr"
  | "eval/offline_eval/avg_l1"
  | "eval/offline_eval/avg_loss";

/** Steps rise strictly; values may be NaN or infinite. */
export interface LoggedCurve {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** Every key is present, empty when nothing was logged. Of two lines for one step the later one holds. */
export function curvesOf(events: Iterable<TrainerEvent>): Readonly<Record<LogCurve, LoggedCurve>> {
  const points: Record<LogCurve, Map<number, number>> = {
    "train/loss": new Map(),
    "train/grad_norm": new Map(),
    "train/lr": new Map(),
    "eval/offline_eval/avg_l1": new Map(),
    "eval/offline_eval/avg_loss": new Map(),
  };
  for (const event of events) {
    if (event.kind === "step") {
      points["train/loss"].set(event.step, event.loss);
      points["train/grad_norm"].set(event.step, event.gradNorm);
      points["train/lr"].set(event.step, event.lr);
    }
    if (event.kind === "eval") {
      points["eval/offline_eval/avg_l1"].set(event.step, event.avgL1);
      points["eval/offline_eval/avg_loss"].set(event.step, event.avgLoss);
    }
  }
  return {
    "train/loss": curve(points["train/loss"]),
    "train/grad_norm": curve(points["train/grad_norm"]),
    "train/lr": curve(points["train/lr"]),
    "eval/offline_eval/avg_l1": curve(points["eval/offline_eval/avg_l1"]),
    "eval/offline_eval/avg_loss": curve(points["eval/offline_eval/avg_loss"]),
  };
}

function curve(points: ReadonlyMap<number, number>): LoggedCurve {
  const sorted = [...points].sort(([a], [b]) => a - b);
  return { steps: sorted.map(([step]) => step), values: sorted.map(([, value]) => value) };
}
