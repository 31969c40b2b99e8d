import type { OutcomeEvent } from "./events.ts";
import type { History, RoundHistory } from "./history.ts";
import { type Hours, isWithin, lengthOf, nightBegan, timeLeft } from "./hours.ts";

/** What may be used; null = as much as it takes. Hours of devices held, not of wall time. */
export interface Limits {
  readonly deviceHoursPerNight: number | null;
  readonly deviceHoursInAll: number | null;
  readonly roundsPerNight: number | null;
}

export interface Rules {
  readonly limits: Limits;
  readonly hours: Hours | null;
  /** Outside of the hours, does a person's merge wait too? */
  readonly hoursApplyTo: "unattended" | "all";
  /** At the end of the hours: what runs may finish, or is stopped and goes on in the next ones. */
  readonly atEnd: "finish" | "stop";
  readonly timeZone: string;
}

export interface Spent {
  readonly deviceHoursTonight: number;
  readonly deviceHoursInAll: number;
  /** Rounds whose first trials were claimed tonight. */
  readonly roundsTonight: number;
}

/** What the ledger says was used. */
export function spentSoFar({ rounds }: History, { now, rules }: { now: Date; rules: Rules }): Spent {
  const since = nightBegan(rules.hours, { now, timeZone: rules.timeZone }).getTime();
  const ended = [...rounds.values()].flatMap(endsOf);
  const begun = [...rounds.values()].flatMap(({ claimed }) => [...claimed.values()].sort().slice(0, 1));
  return {
    deviceHoursTonight: deviceHours(ended.filter(({ at }) => Date.parse(at) >= since)),
    deviceHoursInAll: deviceHours(ended),
    roundsTonight: begun.filter((at) => Date.parse(at) >= since).length,
  };
}

/** Hours that the attempts of a round held their devices. */
export function hoursOfRound(round: RoundHistory): number {
  return deviceHours(endsOf(round));
}

function endsOf({ attempts }: RoundHistory): readonly OutcomeEvent[] {
  return attempts.flatMap(({ outcome }) => outcome ?? []);
}

function deviceHours(ended: readonly OutcomeEvent[]): number {
  return ended.reduce((sum, { device_seconds }) => sum + device_seconds, 0) / 3600;
}

export type Refusal =
  | "outside-hours"
  | "does-not-fit"
  | "night-spent"
  | "all-spent"
  | "rounds-spent"
  | "campaign-spent"
  | "campaign-over"
  | "wall-time";

/** Whether nothing may begin at this time of day, whoever merged it. */
export function isOutsideAllHours(rules: Rules, now: Date): boolean {
  return rules.hours !== null && isHoldingHours(rules, { attended: true }) && !isWithin(rules.hours, now);
}

/** Does the time of day hold this up? `attended`: a person merged it, so only hours that apply to everybody do. */
export function isHoldingHours({ hours, hoursApplyTo }: Rules, { attended }: { attended: boolean }): boolean {
  return hours !== null && (!attended || hoursApplyTo === "all");
}

/** Why nothing new of a round may start now, or null. `begun`: it has trials already and is not counted again. */
export function refusalToLaunch(
  rules: Rules,
  spent: Spent,
  { now, attended, begun }: { now: Date; attended: boolean; begun: boolean },
): Refusal | null {
  const { limits, hours } = rules;
  if (hours && isHoldingHours(rules, { attended }) && !isWithin(hours, now)) return "outside-hours";
  if (exceeded(spent.deviceHoursInAll, limits.deviceHoursInAll)) return "all-spent";
  if (exceeded(spent.deviceHoursTonight, limits.deviceHoursPerNight)) return "night-spent";
  if (!begun && exceeded(spent.roundsTonight, limits.roundsPerNight)) return "rounds-spent";
  return null;
}

function exceeded(used: number, limit: number | null): boolean {
  return limit !== null && used >= limit;
}

/**
 * Whether a trial can be of use before the hours end. Where they stop what runs, one that would be cut short and has nothing to
 * resume from would only burn its hours; one that no window is long enough for has to begin some time all the same.
 */
export function fitsHours(
  rules: Rules,
  trial: { now: Date; attended: boolean; expectedHours: number | null; resumable: boolean },
): boolean {
  const { hours, atEnd } = rules;
  const { now, expectedHours, resumable } = trial;
  if (!hours || atEnd === "finish" || !isHoldingHours(rules, trial)) return true;
  if (resumable || expectedHours === null) return true;
  const expectedMs = expectedHours * 3_600_000;
  return expectedMs <= timeLeft(hours, now) || expectedMs > lengthOf(hours);
}

/** How long a trial of so many steps holds a device, hours: the median of all that finished in one go. Null: none did. */
export function expectedHours({ rounds }: History, steps: number): number | null {
  const perStep = [...rounds.values()]
    .flatMap(({ attempts }) =>
      attempts.flatMap(({ resume, outcome }) =>
        !resume && outcome?.event === "finished" && outcome.steps && outcome.device_seconds > 0
          ? [outcome.device_seconds / outcome.steps]
          : [],
      ),
    )
    .toSorted((a, b) => a - b);
  const median = perStep[Math.floor(perStep.length / 2)];
  return median === undefined ? null : (median * steps) / 3600;
}
