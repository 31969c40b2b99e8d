import type { Claim, OutcomeEvent } from "./events.ts";
import { type Attempt, attemptKey, type History, latestAttempts, type RoundHistory } from "./history.ts";
import { parseTrialId, trialId } from "./names.ts";

/** How often a trial is begun again without anybody asking. */
export interface Retries {
  /** After it failed for a reason that may pass. */
  readonly failed: number;
  /** After something else than its trainer ended it. */
  readonly interrupted: number;
  /** Ends that are not counted: each needs a person to repeat it. */
  readonly uncounted: ReadonlySet<string>;
  /** How long a trial rests that was cancelled, so that whoever did it can say what is meant. */
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

/** What of an approved round may be claimed now, leaving hours and budget aside. */
export function dueTrials(
  round: RoundHistory,
  { history, retries, now }: Given & { readonly now: Date },
): DueTrial[] {
  if (!round.approved) return [];
  const latest = latestAttempts(round);
  const trials = trialsOf(round);
  const begun = trials.every(({ id }) => latest.has(id));
  const known = begun ? new Set<string>() : finishedElsewhere(history, round);
  return trials.flatMap((trial): DueTrial[] => {
    if (history.skipped.has(trial.hash)) return [];
    const last = latest.get(trial.id) ?? null;
    if (last && last.outcome === null) return [];
    const next = nextAttempt(round, { trial, last, retries, now });
    if (!next) return [];
    const repeated = last === null && known.has(identityOf(trial)) && !wished(round, next);
    return repeated ? [] : [next];
  });
}

interface Given {
  readonly history: History;
  readonly retries: Retries;
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
  /** It has an outcome; null: never begun. */
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

function nextAttempt(round: RoundHistory, standing: Standing): DueTrial | null {
  const { trial, last } = standing;
  const attempt = freshAttempt(round, trial.id, last);
  // Who asks twice before it began meant the second.
  const wish = round.wishes.findLast(({ id, attempt: wanted }) => id === trial.id && wanted >= attempt);
  const stopped = attempt !== (last?.attempt ?? 0) + 1;
  if (stopped && !wish) return null;
  if (!last) return withSteps({ id: trial.id, attempt }, wish?.steps ?? null);
  if (!wish && !isRetried(round, standing)) return null;
  const goesOn = wish?.manner === "go-on" || last.outcome?.event === "interrupted" || !wish;
  const next = withSteps({ id: trial.id, attempt }, wish ? wish.steps : last.steps);
  return goesOn ? { ...next, resume: { attempt: last.attempt, run_id: runOf(last) } } : next;
}

function withSteps(trial: DueTrial, steps: number | null): DueTrial {
  return steps === null ? trial : { ...trial, steps };
}

/** An attempt that went on with another's run logged under that one's id. */
function runOf({ runId, outcome }: Attempt): string {
  return outcome?.run_id ?? runId;
}

function wished({ wishes }: RoundHistory, { id, attempt }: DueTrial): boolean {
  return wishes.some((wish) => wish.id === id && wish.attempt >= attempt);
}

/** Causes that stay what they are however often the trainer is started. */
const LASTING: ReadonlySet<string | null> = new Set(["config-refused", "output-exists", "no-ot-pairs"]);

function isRetried(round: RoundHistory, { trial, last, retries, now }: Standing): boolean {
  const outcome = last?.outcome;
  if (!last || !outcome || round.stops.has(attemptKey({ id: trial.id, attempt: last.attempt }))) return false;
  if (outcome.event === "failed") {
    return !LASTING.has(outcome.reason) && inARow(round, trial, "failed") <= retries.failed;
  }
  if (outcome.event !== "interrupted") return false;
  const counted = !retries.uncounted.has(outcome.reason ?? "");
  if (counted && inARow(round, trial, "interrupted") > retries.interrupted) return false;
  return outcome.reason !== "cancelled" || now.getTime() - Date.parse(outcome.at) >= retries.restMs;
}

/** How many attempts of a trial ended so, up to the newest. */
function inARow(round: RoundHistory, { id }: PlannedTrial, event: OutcomeEvent["event"]): number {
  const own = round.attempts.filter(({ trial }) => trial === id).toSorted((a, b) => b.attempt - a.attempt);
  const other = own.findIndex(({ outcome }) => outcome?.event !== event);
  return other === -1 ? own.length : other;
}

/** What other rounds finished of this one's configurations, at as many steps. */
function finishedElsewhere(history: History, round: RoundHistory): ReadonlySet<string> {
  const { configs = {}, trainer } = round.approved ?? {};
  const ours = new Set(Object.values(configs).map(({ hash }) => hash));
  const others = [...history.rounds.values()].filter(
    (other) =>
      other.round !== round.round &&
      Object.values(other.approved?.configs ?? {}).some(({ hash }) => ours.has(hash)),
  );
  return new Set(others.flatMap((other) => finishedAt(other, trainer?.steps).map(identityOf)));
}

/** What a round trained to its end with so many steps. */
function finishedAt(round: RoundHistory, total: number | undefined): readonly PlannedTrial[] {
  const trials = new Map(trialsOf(round).map((trial) => [trial.id, trial]));
  return round.attempts.flatMap(({ trial, steps, outcome }) => {
    const planned = trials.get(trial);
    const asked = steps ?? round.approved?.trainer.steps;
    return planned && asked === total && outcome?.event === "finished" ? [planned] : [];
  });
}

function identityOf({ hash, seed }: PlannedTrial): string {
  return `${hash}:${seed}`;
}
