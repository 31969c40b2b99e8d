import { groupBy } from "../collections.ts";
import type { Claim, OutcomeEvent } from "./events.ts";
import {
  type Attempt,
  attemptKey,
  type History,
  isGivenUp,
  latestAttempts,
  type RoundHistory,
} from "./history.ts";
import { parseTrialId, trialId, trialIdentity } from "./names.ts";
import { isNamed, isOver } from "./settled.ts";

/** How often a trial is begun again without anybody asking. */
export interface Retries {
  /** After it failed for a reason that may pass. */
  readonly failed: number;
  /** After something else than its trainer ended it. */
  readonly interrupted: number;
  /** Ends that are not counted: each needs a person to repeat it. */
  readonly uncounted: ReadonlySet<string>;
  /** How long a trial rests that was cancelled or refused, so that somebody can say what is meant, or correct it. */
  readonly restMs: number;
}

/** Of a loop on a forge. A cancelled workflow run is the one end that a person makes; `/stop` and `/pause` are for good. */
export const RETRIES: Retries = { failed: 1, interrupted: 3, uncounted: new Set(), restMs: 10 * 60_000 };

export interface PlannedTrial {
  readonly id: string;
  readonly seed: number;
  readonly hash: string;
}

/** What is to be claimed next of a trial. */
export type DueTrial = Pick<Claim, "id" | "attempt" | "steps" | "resume">;

/** The trials of an approved round in the order in which they are to be trained; those at further seeds come last. */
export function trialsOf({ approved, wishes }: Pick<RoundHistory, "approved" | "wishes">): PlannedTrial[] {
  const configs = approved?.configs ?? {};
  const planned = Object.entries(configs)
    .sort(([a, x], [b, y]) => x.priority - y.priority || a.localeCompare(b))
    .flatMap(([variant, { seeds, hash }]) =>
      seeds.map((seed) => ({ id: trialId(variant, seed), seed, hash })),
    );
  if (wishes.length === 0) return planned;
  const known = new Set(planned.map(({ id }) => id));
  for (const { id } of wishes) {
    const parts = parseTrialId(id);
    const config = parts && configs[parts.variant];
    if (!config || known.has(id)) continue;
    known.add(id);
    planned.push({ id, seed: parts.seed, hash: config.hash });
  }
  return planned;
}

/** Claimed, and left where it was because hours or budget ended first. The attempt never was; the next one takes its place. */
export const NOT_BEGUN = "not-begun";
/** The same, because the box could not train at all when it was asked: somebody has to correct that first. */
export const REFUSED = "refused";
/** Its launch was cancelled: what waited for a device by then never began. */
const CANCELLED = "cancelled";
/** Ends that were agreed on beforehand: the trial goes on at the next opportunity, as often as it takes. */
const PLANNED: ReadonlySet<string | null> = new Set([NOT_BEGUN, "window-ended", "wall-time"]);

function isNotBegun({ outcome }: Pick<Attempt, "outcome">): boolean {
  return outcome?.event === "interrupted" && neverBegan(outcome);
}

/** Of an attempt that was interrupted. */
export function neverBegan({
  reason,
  device_seconds,
}: Pick<OutcomeEvent, "reason" | "device_seconds">): boolean {
  return reason === NOT_BEGUN || reason === REFUSED || (reason === CANCELLED && device_seconds === 0);
}

interface Given {
  readonly history: History;
  readonly retries: Retries;
}

/** What of an approved round may be claimed now, leaving hours and budget aside. */
export function dueTrials(
  round: RoundHistory,
  { history, retries, now }: Given & { readonly now: Date },
): DueTrial[] {
  const trainer = round.approved?.trainer;
  if (!trainer) return [];
  const latest = latestAttempts(round);
  const places = trialsOf(round).map((trial) => {
    const last = latest.get(trial.id) ?? null;
    return { trial, last, next: nextAttempt(round, { trial, last, retries, now }) };
  });
  const hashes = new Set(places.flatMap(({ trial, next }) => (next ? trial.hash : [])));
  if (hashes.size === 0) return [];
  const trained = trainedTrials(history, hashes);
  const taken = new Set<string>();
  return places.flatMap(({ trial, last, next }): DueTrial[] => {
    const identity = trialIdentity({ ...trial, steps: next?.steps ?? last?.steps ?? trainer.steps });
    // Of two variants that became the same, by a reviewer's edit or under two names, the first one is trained.
    const elsewhere = (trained.get(identity) ?? []).some((id) => id !== trial.id);
    const repeated = taken.has(identity) || elsewhere;
    taken.add(identity);
    if (!next || history.skipped.has(trial.hash)) return [];
    return repeated && !isNamed(round, trial) ? [] : [next];
  });
}

/**
 * The attempts that stand for their trials: of each number of steps the newest that has ended, so that what was finished stays
 * when it is trained further. One that never began stands for nothing but itself.
 */
export function resultsOf({ approved, attempts }: RoundHistory): readonly Attempt[] {
  const results = new Map<string, Attempt>();
  const ended = attempts.filter(({ outcome }) => outcome !== null).toSorted((a, b) => a.attempt - b.attempt);
  for (const attempt of ended) {
    const key = `${attempt.trial}:${attempt.steps ?? approved?.trainer.steps}`;
    if (!results.has(key) || !isNotBegun(attempt)) results.set(key, attempt);
  }
  return [...results.values()];
}

/** How far each trial was trained to its end, whatever became of it when it was to be trained further. */
export function finishedSteps(round: RoundHistory): ReadonlyMap<string, number> {
  const finished = new Map<string, number>();
  for (const { trial, steps, outcome } of resultsOf(round)) {
    const total = steps ?? round.approved?.trainer.steps ?? 0;
    if (outcome?.event === "finished") finished.set(trial, Math.max(total, finished.get(trial) ?? 0));
  }
  return finished;
}

/** Whether nothing of a round goes on, or will be claimed later by itself. */
export function isThrough(round: RoundHistory, given: Given): boolean {
  return round.attempts.every(({ outcome }) => outcome !== null) && trialsToCome(round, given).length === 0;
}

/** What is due of a round sooner or later: also what rests after a cancellation. */
export function trialsToCome(round: RoundHistory, given: Given): DueTrial[] {
  return dueTrials(round, { ...given, now: new Date(8.64e15) });
}

interface Standing {
  readonly trial: PlannedTrial;
  /** null: never claimed. */
  readonly last: Attempt | null;
  readonly retries: Retries;
  readonly now: Date;
}

/** The number of a trial's next attempt: the first that was neither begun nor stopped. */
export function freshAttempt(round: RoundHistory, trial: string, last: Attempt | null): number {
  let attempt = (last?.attempt ?? 0) + 1;
  while (round.stops.has(attemptKey({ id: trial, attempt }))) attempt++;
  return attempt;
}

/** null: it is under way, or over. */
function nextAttempt(round: RoundHistory, standing: Standing): DueTrial | null {
  const { trial, last } = standing;
  if (last && last.outcome === null) return null;
  const attempt = freshAttempt(round, trial.id, last);
  // Who asks twice before it began meant the second.
  const wish = round.wishes.findLast(({ id, attempt: wanted }) => id === trial.id && wanted >= attempt);
  const stopped = attempt !== (last?.attempt ?? 0) + 1;
  if (stopped && !wish) return null;
  // The truth about an earlier attempt may have come when the next one was claimed already.
  if (isOver(round, trial)) return null;
  if (!last) return withSteps({ id: trial.id, attempt }, wish?.steps ?? null);
  if (!wish && !isRetried(round, standing)) return null;
  const next = withSteps({ id: trial.id, attempt }, wish ? wish.steps : last.steps);
  const goesOn = wish?.manner === "go-on" || last.outcome?.event === "interrupted" || !wish;
  if (!goesOn) return next;
  const resume = resumeAfter(last);
  return resume ? { ...next, resume } : next;
}

/** One that is given up may never have begun; where it did, it went on in the folder of the one that it was to go on with. */
function resumeAfter(last: Attempt): Attempt["resume"] {
  if (isNotBegun(last)) return last.resume;
  const own = { attempt: last.attempt, run_id: runOf(last) };
  return last.outcome && isGivenUp(last.outcome) ? (last.resume ?? own) : own;
}

function withSteps(trial: DueTrial, steps: number | null): DueTrial {
  return steps === null ? trial : { ...trial, steps };
}

/** An attempt that went on with another's run logged under that one's id. */
function runOf({ runId, outcome }: Attempt): string {
  return outcome?.run_id ?? runId;
}

/** Causes that stay what they are however often the trainer is started. */
const LASTING: ReadonlySet<string | null> = new Set(["config-refused", "output-exists", "no-ot-pairs"]);

/** Ends that would only be repeated if the next attempt began at once. */
const RESTING: ReadonlySet<string | null> = new Set([CANCELLED, REFUSED]);

function isRetried(round: RoundHistory, { trial, last, retries, now }: Standing): boolean {
  const outcome = last?.outcome;
  if (!last || !outcome || round.stops.has(attemptKey({ id: trial.id, attempt: last.attempt }))) return false;
  if (outcome.event === "failed") {
    return !LASTING.has(outcome.reason) && inARow(round, trial, "failed") <= retries.failed;
  }
  if (outcome.event !== "interrupted") return false;
  const resting = RESTING.has(outcome.reason) || begunInVain(round, trial) > retries.interrupted;
  const rested = !resting || now.getTime() - Date.parse(outcome.at) >= retries.restMs;
  if (isFree(round, last)) return rested;
  const counted = !retries.uncounted.has(outcome.reason ?? "");
  if (counted && inARow(round, trial, "interrupted") > retries.interrupted) return false;
  return rested;
}

/** How many of the newest attempts of a trial nobody began, as far as is known: something ends their launches again and again. */
function begunInVain(round: RoundHistory, { id }: PlannedTrial): number {
  const own = round.attempts.filter(({ trial }) => trial === id).toSorted((a, b) => b.attempt - a.attempt);
  const other = own.findIndex(
    (attempt) => !isNotBegun(attempt) && !(attempt.outcome && isGivenUp(attempt.outcome)),
  );
  return other === -1 ? own.length : other;
}

/** It ended as planned, and either never began or got further than all before it: only so can this not go on for ever. */
function isFree(round: RoundHistory, attempt: Attempt): boolean {
  const { trial, outcome } = attempt;
  if (isNotBegun(attempt)) return true;
  if (outcome?.event !== "interrupted" || !PLANNED.has(outcome.reason)) return false;
  const before = round.attempts.filter((other) => other.trial === trial && other.attempt < attempt.attempt);
  return (outcome.steps ?? 0) > Math.max(0, ...before.map((earlier) => earlier.outcome?.steps ?? 0));
}

/** How many attempts of a trial ended so, up to the newest; those that ended as planned stand for nothing. */
function inARow(round: RoundHistory, { id }: PlannedTrial, event: OutcomeEvent["event"]): number {
  const own = round.attempts
    .filter((attempt) => attempt.trial === id && !isFree(round, attempt))
    .toSorted((a, b) => b.attempt - a.attempt);
  const other = own.findIndex(({ outcome }) => outcome?.event !== event);
  return other === -1 ? own.length : other;
}

/** Who trained which of these configurations to its end or is training it, by identity. */
function trainedTrials(
  { rounds }: History,
  hashes: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const trained = [...rounds.values()].flatMap((round) => {
    const configs = Object.values(round.approved?.configs ?? {});
    if (!configs.some(({ hash }) => hashes.has(hash))) return [];
    const trials = new Map(trialsOf(round).map((trial) => [trial.id, trial]));
    return round.attempts.flatMap(({ trial, steps, outcome }) => {
      const planned = trials.get(trial);
      const total = steps ?? round.approved?.trainer.steps;
      if (!planned || total === undefined || (outcome && outcome.event !== "finished")) return [];
      return [{ id: trial, identity: trialIdentity({ ...planned, steps: total }) }];
    });
  });
  return new Map(
    [...groupBy(trained, ({ identity }) => identity)].map(([identity, all]) => [
      identity,
      all.map(({ id }) => id),
    ]),
  );
}
