import type { House } from "../house.ts";
import { isHoldingHours } from "../rounds/budget.ts";
import type { History, RoundHistory } from "../rounds/history.ts";
import { timeLeft } from "../rounds/hours.ts";
import { isNamed } from "../rounds/settled.ts";
import { isAttended, refusalToStart } from "../rounds/starting.ts";
import { NOT_BEGUN } from "../rounds/trials.ts";
import { guardAgainstEnd } from "../training/guards.ts";
import type { LaunchHooks } from "../training/launch-options.ts";
import type { Clock } from "../training/ports.ts";
import type { StopRequest } from "../training/stop.ts";
import type { TrialJob } from "../training/trial-job.ts";
import { launchRules } from "./launch-rules.ts";

interface Launch {
  readonly history: History;
  /** When the call that this launch belongs to is over; null: it may take as long as it takes. */
  readonly deadline: Date | null;
  readonly clock: Clock;
}

/** What hours, budget and campaign say while a launch is under way, by the same rules that let its trials be claimed. */
export function allowance(
  { settings, now }: Pick<House, "settings" | "now">,
  launch: Launch,
): Required<Pick<LaunchHooks, "stopOf" | "guardsOf">> {
  const { history, deadline, clock } = launch;
  // Of a job that an earlier launch left to somebody else's queue it is another round than of this launch's own.
  const roundOf = (job: TrialJob) => history.rounds.get(job.round);
  const rules = launchRules(settings);
  const { hours } = rules;
  return {
    stopOf: (job, { used }) => {
      if (deadline && now() >= deadline) return heldUp("wall-time");
      if (history.paused) return heldUp("paused");
      const round = roundOf(job);
      const claim = round && claimOf(round, job);
      const why = claim ? refusalToStart(round, claim, { history, rules, now: now(), used }) : null;
      return why && heldUp(why);
    },
    guardsOf: (job) => {
      if (rules.atEnd !== "stop") return [];
      const { trial } = job;
      const round = roundOf(job);
      const attended = !round || isAttended(round) || isNamed(round, { id: trial });
      const holding = hours && isHoldingHours(rules, { attended }) ? hours : null;
      return [
        guardAgainstEnd({ clock, reason: "window-ended", msLeft: () => holding && timeLeft(holding, now()) }),
        guardAgainstEnd({
          clock,
          reason: "wall-time",
          msLeft: () => deadline && deadline.getTime() - now().getTime(),
        }),
      ];
    },
  };
}

/** The claim comes to nothing, for good; what is due is claimed again when it may start. */
function heldUp(by: string): StopRequest {
  return { outcome: "interrupted", reason: NOT_BEGUN, evidence: { held_up_by: by }, urgent: false };
}

function claimOf(round: RoundHistory, job: TrialJob) {
  const claim = round.attempts.find(({ trial, attempt }) => trial === job.trial && attempt === job.attempt);
  return claim && { id: job.trial, steps: job.steps, ...(claim.resume ? { resume: claim.resume } : {}) };
}
