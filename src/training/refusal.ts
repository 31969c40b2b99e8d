/** What keeps a machine from training at all: nobody's attempt is lost by it, and somebody has to correct it first. */
import { AutoloopError } from "../errors.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { REFUSED } from "../rounds/trials.ts";
import { declineUnlessBegun } from "./decline.ts";
import type { EngineOptions } from "./engine.ts";
import type { LaunchResult } from "./launch.ts";
import { unsentOutcomes, writeOutcome } from "./outcome-files.ts";
import type { StopRequest } from "./stop.ts";

/** The attempt is over, so that nobody waits for it; the next one is due when somebody had time to correct the cause. */
export function refusal(why: string): StopRequest {
  return { outcome: "interrupted", reason: REFUSED, evidence: { why: why.slice(0, 1_000) }, urgent: false };
}

const OF_THE_MACHINE: ReadonlySet<string> = new Set([
  "training.no-gpu",
  "training.gpus-unusable",
  "training.lease-folder",
  "training.no-slurm",
  "training.slurm-refused",
]);

/** The sentence of an error that the machine, or its account with Slurm, is to blame for; null: it is another. */
export function refusalIn(error: unknown): string | null {
  return error instanceof AutoloopError && OF_THE_MACHINE.has(error.code)
    ? `${error.what} ${error.next}`
    : null;
}

/** Trains. Where the machine cannot, or can no longer, what nobody has begun is refused instead of being left claimed. */
export async function trainOrRefuse(
  options: EngineOptions,
  train: (options: EngineOptions) => Promise<LaunchResult>,
): Promise<LaunchResult> {
  const outcomes: Outcome[] = [];
  const hooks: EngineOptions["hooks"] = {
    ...options.hooks,
    onOutcome: (outcome) => {
      outcomes.push(outcome);
      options.hooks.onOutcome?.(outcome);
    },
  };
  try {
    return await train({ ...options, hooks });
  } catch (error) {
    const why = refusalIn(error);
    if (why === null) throw error;
    const notRun = await refuseTheRest(why, { ...options, hooks });
    return { outcomes, notRun, refused: why };
  }
}

async function refuseTheRest(why: string, options: EngineOptions): Promise<LaunchResult["notRun"]> {
  const { jobs, settings, hooks, reaping } = options;
  const notRun: { trial: string; attempt: number; why: string }[] = [];
  for (const job of jobs) {
    const stop = hooks.stopOf?.(job, { used: 0 }) ?? refusal(why);
    const outcome = await declineUnlessBegun(job, stop, reaping);
    if (!outcome) continue;
    notRun.push({ trial: job.trial, attempt: job.attempt, why });
    hooks.onOutcome?.(outcome);
  }
  const { stateDir, outcomesDir } = settings;
  const unsent =
    outcomesDir === null ? [] : await unsentOutcomes(stateDir, hooks.onNote ?? (() => undefined));
  for (const outcome of unsent) if (outcomesDir !== null) await writeOutcome(outcomesDir, outcome);
  return notRun;
}
