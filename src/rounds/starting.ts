import {
  expectedHours,
  fitsHours,
  type Refusal,
  type Rules,
  refusalToLaunch,
  type Spent,
  spentSoFar,
} from "./budget.ts";
import { refusalOfFollowUp, UNATTENDED } from "./campaign.ts";
import type { History, RoundHistory } from "./history.ts";
import { isNamed } from "./settled.ts";
import { type DueTrial, dueTrials, type Retries } from "./trials.ts";

/** What holds trials up or lets them start. */
export interface Circumstances {
  readonly history: History;
  readonly rules: Rules;
  readonly now: Date;
  /** Device-hours of a launch under way that the ledger does not know of yet. Left out: nothing is claimed for it yet. */
  readonly used?: number;
  /** Device-hours that are expected of what is about to be claimed together. */
  readonly reserved?: number;
  /** What the ledger says, where many trials are asked about at one look. */
  readonly measured?: Measured;
}

interface Measured {
  readonly spent: Spent;
  /** Device-hours that a trial of so many steps is expected to take; null: never measured. */
  readonly hoursOf: (steps: number) => number | null;
  /** Device-hours that are expected of all that was claimed and has not ended. */
  readonly underWay: number;
}

/** Every figure at most once: each looks at all that was ever trained. */
function measure({ history, rules, now }: Pick<Circumstances, "history" | "rules" | "now">): Measured {
  const known = new Map<number, number | null>();
  const hoursOf: Measured["hoursOf"] = (steps) => {
    const hours = known.get(steps) ?? expectedHours(history, steps);
    known.set(steps, hours);
    return hours;
  };
  return {
    spent: spentSoFar(history, { now, rules }),
    hoursOf,
    underWay: hoursUnderWay([...history.rounds.values()], hoursOf),
  };
}

/** A trial's checkpoints are never further apart; a longer one has something to resume from when it is cut short. */
const CHECKPOINT_EVERY = 2000;

/** Why a trial of an approved round may not start now; null: it may. */
export function refusalToStart(
  round: RoundHistory,
  trial: Pick<DueTrial, "id" | "steps" | "resume">,
  circumstances: Circumstances,
): Refusal | null {
  const { history, rules, now, used = 0, reserved = 0 } = circumstances;
  const named = isNamed(round, trial);
  const attended = named || isAttended(round);
  const { spent, hoursOf, underWay } = circumstances.measured ?? measure(circumstances);
  // Trials that are claimed one after the other may train side by side: each counts from then on by what is expected of it.
  const claiming = circumstances.used === undefined;
  const besides = claiming ? reserved + underWay : used;
  const refusal = refusalToLaunch(
    rules,
    {
      ...spent,
      deviceHoursTonight: spent.deviceHoursTonight + besides,
      deviceHoursInAll: spent.deviceHoursInAll + besides,
    },
    { now, attended, begun: round.attempts.length > 0 },
  );
  if (refusal) return refusal;
  const steps = trial.steps ?? round.approved?.trainer.steps ?? 0;
  const resumable = trial.resume !== undefined || steps > CHECKPOINT_EVERY;
  const expected = hoursOf(steps);
  if (!fitsHours(rules, { now, attended, expectedHours: expected, resumable })) return "does-not-fit";
  // Somebody who names a trial of a campaign wants it also after the campaign's end.
  const bound = round.approved?.pull === null && !named;
  // What a campaign may cost is kept to beforehand: by what is expected of all that was claimed, and once it runs by what it used.
  const claims = () => {
    const campaign = [...history.rounds.values()].filter(({ follows }) => follows === round.follows);
    return reserved + (expected ?? 0) + hoursUnderWay(campaign, hoursOf);
  };
  const over = bound
    ? refusalOfFollowUp(round, { history, now, expected: claiming ? claims() : used })
    : null;
  return over && (over === "hours-spent" ? "campaign-spent" : "campaign-over");
}

/** Expected of the attempts that were claimed and have not ended. */
function hoursUnderWay(rounds: readonly RoundHistory[], hoursOf: Measured["hoursOf"]): number {
  return rounds
    .flatMap(({ approved, attempts }) =>
      attempts
        .filter(({ outcome }) => outcome === null)
        .map(({ steps }) => hoursOf(steps ?? approved?.trainer.steps ?? 0) ?? 0),
    )
    .reduce((sum, hours) => sum + hours, 0);
}

/** A person merged it. */
export function isAttended({ approved }: RoundHistory): boolean {
  return approved?.by !== UNATTENDED;
}

export interface Startable {
  /** What may be claimed now. */
  readonly trials: readonly DueTrial[];
  /** Why nothing may although something is due; null: nothing is, or something may. */
  readonly heldUp: Refusal | null;
}

/** Of what is due of a round, what hours, budget and campaign let start now. */
export function startable(
  round: RoundHistory,
  circumstances: Circumstances & { readonly retries: Retries },
): Startable {
  const trials: DueTrial[] = [];
  const refusals: Refusal[] = [];
  let reserved = 0;
  const due = dueTrials(round, circumstances);
  const measured = due.length > 0 ? measure(circumstances) : null;
  for (const trial of due) {
    const refusal = refusalToStart(round, trial, {
      ...circumstances,
      reserved,
      ...(measured && { measured }),
    });
    if (refusal === null) {
      trials.push(trial);
      const steps = trial.steps ?? round.approved?.trainer.steps ?? 0;
      reserved += measured?.hoursOf(steps) ?? 0;
    } else refusals.push(refusal);
  }
  return { trials, heldUp: trials.length > 0 ? null : (refusals[0] ?? null) };
}

/** Refusals that no waiting will lift. */
export function isFinal(refusal: Refusal | null): boolean {
  return refusal === "campaign-spent" || refusal === "campaign-over";
}
