import type { History } from "./history.ts";
import { type Hours, isWithin, nightBegan } from "./hours.ts";

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
  const ended = [...rounds.values()].flatMap(({ attempts }) =>
    attempts.flatMap(({ outcome }) => outcome ?? []),
  );
  const hoursOf = (outcomes: typeof ended) =>
    outcomes.reduce((sum, { device_seconds }) => sum + device_seconds, 0) / 3600;
  const begun = [...rounds.values()].flatMap(({ claimed }) => [...claimed.values()].sort().slice(0, 1));
  return {
    deviceHoursTonight: hoursOf(ended.filter(({ at }) => Date.parse(at) >= since)),
    deviceHoursInAll: hoursOf(ended),
    roundsTonight: begun.filter((at) => Date.parse(at) >= since).length,
  };
}

export type Refusal = "outside-hours" | "night-spent" | "all-spent" | "rounds-spent";

/**
 * Why nothing new may start now, or null. `attended`: a person merged this round, so the hours do not hold it up unless they
 * apply to everybody; the budget does. `begun`: the round has trials already and is not counted again.
 */
export function refusalToLaunch(
  rules: Rules,
  spent: Spent,
  { now, attended, begun }: { now: Date; attended: boolean; begun: boolean },
): Refusal | null {
  const { limits, hours, hoursApplyTo } = rules;
  if (hours && (!attended || hoursApplyTo === "all") && !isWithin(hours, now)) return "outside-hours";
  if (exceeded(spent.deviceHoursInAll, limits.deviceHoursInAll)) return "all-spent";
  if (exceeded(spent.deviceHoursTonight, limits.deviceHoursPerNight)) return "night-spent";
  if (!begun && exceeded(spent.roundsTonight, limits.roundsPerNight)) return "rounds-spent";
  return null;
}

function exceeded(used: number, limit: number | null): boolean {
  return limit !== null && used >= limit;
}
