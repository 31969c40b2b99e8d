/** What keeps a launch from training although it holds claims: settings, a port that cannot be had, a record that cannot be read. */
import { AutoloopError, messageOf } from "../errors.ts";
import type { House } from "../house.ts";
import type { Outcome } from "../rounds/outcome.ts";
import type { LaunchResult } from "../training/launch.ts";
import type { LaunchHooks, LaunchPorts } from "../training/launch-options.ts";
import { refuseUnbegun } from "../training/refusal.ts";
import type { TrialJob } from "../training/trial-job.ts";
import { outcomeLine } from "./outcome-line.ts";

interface Claims {
  readonly jobs: readonly TrialJob[];
  readonly stateDir: string;
  readonly outcomesDir: string | null;
  readonly ports: Pick<LaunchPorts, "processes" | "clock">;
}

/**
 * Claims that were merely dropped would count as lost, be claimed again at once and use up the trials' retries within minutes. Refused,
 * those that nobody began rest until somebody had time to correct the cause. `train` is given whom to tell of every outcome.
 */
export async function orRefuseClaims(
  { progress: { say } }: Pick<House, "progress">,
  claims: Claims,
  train: (told: Required<Pick<LaunchHooks, "onOutcome">>) => Promise<LaunchResult>,
): Promise<LaunchResult> {
  const outcomes: Outcome[] = [];
  const onOutcome = (outcome: Outcome): void => {
    outcomes.push(outcome);
    say(outcomeLine(outcome));
  };
  try {
    return await train({ onOutcome });
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    const why = messageOf(thrown);
    const hooks = { onOutcome, onNote: say };
    const notRun = await refuseUnbegun(why, { ...claims, hooks }).catch((further: unknown) => {
      say(`the claims cannot be refused: ${messageOf(further)}`);
      throw thrown;
    });
    return { outcomes, notRun, refused: why };
  }
}

/** Something outside is amiss. Anything else is a mistake of ours, and is to be seen as such. */
function isFault(thrown: unknown): boolean {
  return thrown instanceof AutoloopError || (thrown instanceof Error && "syscall" in thrown);
}
