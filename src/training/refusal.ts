/** What keeps a machine from training at all: nobody's attempt is lost by it, and somebody has to correct it first. */
import { AutoloopError } from "../errors.ts";
import type { Outcome } from "../rounds/outcome.ts";
import { REFUSED } from "../rounds/trials.ts";
import { declineUnlessBegun } from "./decline.ts";
import type { EngineOptions } from "./engine.ts";
import type { LaunchResult } from "./launch.ts";
import type { LaunchHooks, LaunchPorts, LaunchSettings } from "./launch-options.ts";
import { unsentOutcomes, writeOutcome } from "./outcome-files.ts";
import { writeInReserve } from "./reserve.ts";
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
    const notRun = await refuseUnbegun(why, { ...options, ...options.settings, hooks });
    return { outcomes, notRun, refused: why };
  }
}

interface RefuseOptions
  extends Pick<EngineOptions, "jobs">,
    Pick<LaunchSettings, "stateDir" | "outcomesDir"> {
  readonly hooks: Pick<LaunchHooks, "stopOf" | "onNote" | "onOutcome">;
  readonly ports: Pick<LaunchPorts, "processes" | "clock">;
}

/** Of these jobs all that nobody has begun. Whatever outcome was not sent yet is delivered, like that of any launch. */
export async function refuseUnbegun(why: string, options: RefuseOptions): Promise<LaunchResult["notRun"]> {
  const { jobs, stateDir, outcomesDir, hooks, ports } = options;
  const notRun: { trial: string; attempt: number; why: string }[] = [];
  for (const job of jobs) {
    const stop = hooks.stopOf?.(job, { used: 0 }) ?? refusal(why);
    const outcome = await declineUnlessBegun(job, stop, { stateDir, ...ports });
    if (!outcome) continue;
    notRun.push({ trial: job.trial, attempt: job.attempt, why });
    hooks.onOutcome?.(outcome);
  }
  if (outcomesDir === null) return notRun;
  for (const outcome of await unsentOutcomes(stateDir, hooks.onNote ?? (() => undefined)))
    await writeInReserve(stateDir, () => writeOutcome(outcomesDir, outcome));
  return notRun;
}
