import type { TrainedTrial } from "../../src/commands/trials.ts";
import type { OutcomeKind } from "../../src/rounds/outcome.ts";
import { exampleConfig, exampleRun, sample } from "../judgement/example-run.ts";
import { outcome } from "../report/samples.ts";

/** `0002a-s42`, as it would have been trained with so strong an OT, to so high a held-out L1. */
export function trainedTrial(
  trial: string,
  {
    ended = "finished",
    lambda = 0.1,
    level = 0.2,
  }: { readonly ended?: OutcomeKind; readonly lambda?: number; readonly level?: number } = {},
): TrainedTrial {
  const curves = { "eval/offline_eval/avg_l1": sample(() => level, { every: 200 }) };
  return {
    ...{ round: trial.slice(0, 4), trial, variant: trial.slice(0, 5), attempt: 1, steps: 2000 },
    seed: Number(trial.slice(7)),
    approved: { blob: "", path: "", hash: "", sha256: "", seeds: [42], priority: 0 },
    trainer: { fork: "train-logging", steps: 2000, eval_freq: 200, log_freq: 50 },
    text: "",
    outcome: outcome({ trial, outcome: ended }),
    run: exampleRun({ id: trial, config: exampleConfig({ lambda }), curves }),
  };
}
