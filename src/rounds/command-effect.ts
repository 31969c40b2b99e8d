/** What a command comes to, given what the ledger says: events, or a reason why there is nothing to do. Pure. */
import { type CommentCommand, MOST_SEEDS, namesTrial, namesVariant } from "./comment-command.ts";
import type { LedgerEvent, Unstamped } from "./events.ts";
import { type Attempt, type History, latestAttempts, type RoundHistory } from "./history.ts";
import { parseTrialId, trialId } from "./names.ts";
import { standingAttempts } from "./settled.ts";
import { dueTrials, finishedSteps, freshAttempt, type Retries, trialsOf } from "./trials.ts";

/** Why a command changes nothing. */
export type Declined =
  | { readonly kind: "malformed"; readonly line: string }
  | { readonly kind: "help" | "nothing-to-stop" | "already-paused" | "not-paused" }
  | { readonly kind: "merge-first" | "nothing-to-rerun" | "no-such-variant"; readonly round: string }
  | { readonly kind: "already-skipped" | "is-skipped"; readonly variant: string }
  | { readonly kind: "has-seeds"; readonly variant: string; readonly count: number }
  | { readonly kind: "nothing-to-extend"; readonly variant: string }
  | { readonly kind: "too-few-steps" | "too-many-steps"; readonly limit: number }
  | { readonly kind: "round-open"; readonly round: string };

export type Asked = Unstamped<
  Extract<
    LedgerEvent,
    {
      event: "rerun" | "extended" | "stop-requested" | "skipped" | "paused" | "resumed" | "propose-requested";
    }
  >
>;

export type Effect =
  | { readonly kind: "status" }
  | { readonly kind: "event"; readonly event: Asked }
  | { readonly kind: "declined"; readonly because: Declined };

export interface Scene {
  readonly history: History;
  /** Whose pull request was commented. */
  readonly round: RoundHistory;
  /** `comment:<id>`. */
  readonly key: string;
  readonly by: string;
  readonly retries: Retries;
  /** Seeds of the settings, in their order. */
  readonly seeds: readonly number[];
}

export function effectOf(command: CommentCommand, scene: Scene): Effect {
  const { key, by, history } = scene;
  switch (command.kind) {
    case "status":
      return { kind: "status" };
    case "help":
      return declined({ kind: "help" });
    case "malformed":
      return declined(command);
    case "pause":
      if (history.paused) return declined({ kind: "already-paused" });
      return event({ key, event: "paused", by, reason: null });
    case "resume":
      return history.paused ? event({ key, event: "resumed", by }) : declined({ kind: "not-paused" });
    case "propose":
      return propose(scene);
    case "skip":
      return skip(command.name, scene);
    case "stop":
      return stop(command.names, scene);
    default:
      return scene.round.approved
        ? train(command, scene)
        : declined({ kind: "merge-first", round: scene.round.round });
  }
}

type Training = Extract<CommentCommand, { kind: "rerun" | "extend" | "seeds" }>;

function train(command: Training, scene: Scene): Effect {
  switch (command.kind) {
    case "rerun":
      return rerun(command, scene);
    case "seeds":
      return moreSeeds(command, scene);
    case "extend":
      return extend(command, scene);
  }
}

function declined(because: Declined): Effect {
  return { kind: "declined", because };
}

function event(asked: Asked): Effect {
  return { kind: "event", event: asked };
}

function propose({ history, key, by }: Scene): Effect {
  const open = [...history.rounds.values()].find(({ state }) => state === "proposed");
  if (open) return declined({ kind: "round-open", round: open.round });
  return event({ key, event: "propose-requested", by });
}

function skip(name: string, { history, round, key, by }: Scene): Effect {
  const variant = variantNamed(round, name);
  if (!variant) return declined({ kind: "no-such-variant", round: round.round });
  const meant = [variant, ...asEdited(round, variant.id)];
  const variants = meant.filter(({ hash }) => !history.skipped.has(hash));
  if (variants.length === 0) return declined({ kind: "already-skipped", variant: variant.id });
  return event({ key, event: "skipped", round: round.round, by, variants });
}

/** What a reviewer made of an open round's variant is what people see: it is skipped besides what was proposed. */
function asEdited({ approved, edited }: RoundHistory, id: string): { id: string; hash: string }[] {
  const hash = approved ? undefined : edited?.hashes?.[id];
  return hash === undefined ? [] : [{ id, hash }];
}

/** As approved, where it was; as proposed before that. */
function variantNamed(
  { approved, proposed }: RoundHistory,
  name: string,
): { id: string; hash: string } | null {
  const variants = approved
    ? Object.entries(approved.configs).map(([id, { hash }]) => ({ id, hash }))
    : (proposed?.variants ?? []);
  return variants.find(({ id }) => namesVariant(name, id)) ?? null;
}

/** What is under way, and what would begin next without anybody's help. */
function stop(names: readonly string[], { history, round, retries, key, by }: Scene): Effect {
  const open = [...latestAttempts(round).values()]
    .filter(({ outcome }) => outcome === null)
    .map(({ trial, attempt }) => ({ id: trial, attempt }));
  const later = new Date(8.64e15);
  const next = dueTrials(round, { history, retries, now: later }).map(({ id, attempt }) => ({ id, attempt }));
  const trials = [...open, ...next].filter(({ id }) => names.length === 0 || isNamed(id, names));
  if (trials.length === 0) return declined({ kind: "nothing-to-stop" });
  return event({ key, event: "stop-requested", round: round.round, by, trials });
}

function isNamed(trial: string, names: readonly string[]): boolean {
  const variant = parseTrialId(trial)?.variant;
  return variant !== undefined && names.some((name) => namesTrial(name, { trial, variant }));
}

function rerun({ names, seed }: Extract<Training, { kind: "rerun" }>, scene: Scene): Effect {
  const { history, round, key, by } = scene;
  const latest = latestAttempts(round);
  const standing = standingAttempts(round);
  const candidates = seed === null ? trialsOf(round).map(({ id }) => id) : trialsAt(round, seed);
  const named = candidates.filter((id) => names.length === 0 || isNamed(id, names));
  const allowed = named.filter((id) => !isSkipped(history, round, id));
  if (named[0] !== undefined && allowed.length === 0)
    return declined({ kind: "is-skipped", variant: named[0] });
  const trials = allowed.flatMap((id) => {
    const last = latest.get(id) ?? null;
    const wanted = names.length > 0 ? !isUnderWay(last) : isUnlucky(standing.get(id) ?? null, seed !== null);
    return wanted ? [{ id, attempt: freshAttempt(round, id, last) }] : [];
  });
  if (trials.length === 0) return declined({ kind: "nothing-to-rerun", round: round.round });
  return event({ key, event: "rerun", round: round.round, by, trials });
}

function trialsAt({ approved }: RoundHistory, seed: number): readonly string[] {
  return Object.entries(approved?.configs ?? {})
    .sort(([, a], [, b]) => a.priority - b.priority)
    .map(([variant]) => trialId(variant, seed));
}

function isSkipped({ skipped }: History, { approved }: RoundHistory, trial: string): boolean {
  const hash = approved?.configs[parseTrialId(trial)?.variant ?? ""]?.hash;
  return hash !== undefined && skipped.has(hash);
}

/** By name everything else is trained once more, however it ended, and also what nobody would have begun. */
function isUnderWay(last: Attempt | null): boolean {
  return last !== null && last.outcome === null;
}

/** Without names: what failed or was interrupted, or what has never been trained at a seed that is asked for. */
function isUnlucky(last: Attempt | null, atSeed: boolean): boolean {
  if (!last) return atSeed;
  return last.outcome?.event === "failed" || last.outcome?.event === "interrupted";
}

function moreSeeds({ name, count }: Extract<Training, { kind: "seeds" }>, scene: Scene): Effect {
  const { history, round, key, by } = scene;
  const variant = variantNamed(round, name);
  if (!variant) return declined({ kind: "no-such-variant", round: round.round });
  if (history.skipped.has(variant.hash)) return declined({ kind: "is-skipped", variant: variant.id });
  const known = new Set(trialsOf(round).map(({ id }) => id));
  const trials = seedSequence(scene.seeds)
    .slice(0, count)
    .map((seed) => trialId(variant.id, seed))
    .filter((id) => !known.has(id))
    .map((id) => ({ id, attempt: 1 }));
  if (trials.length === 0) return declined({ kind: "has-seeds", variant: variant.id, count });
  return event({ key, event: "rerun", round: round.round, by, trials });
}

/** The settings' seeds, then further ones that are the same for all variants, so that they can be compared pair by pair. */
export function seedSequence(seeds: readonly number[]): readonly number[] {
  const further = Array.from({ length: MOST_SEEDS }, (_, index) => 1001 + index);
  return [...new Set([...seeds, ...further])];
}

/** More than fifty times the round's length is a slip of the finger. */
const LONGEST = 50;

function extend({ name, steps }: Extract<Training, { kind: "extend" }>, scene: Scene): Effect {
  const { history, round, key, by } = scene;
  const own = round.approved?.trainer.steps ?? 0;
  if (steps > LONGEST * own) return declined({ kind: "too-many-steps", limit: LONGEST * own });
  const latest = latestAttempts(round);
  const finished = [...finishedSteps(round)].filter(
    ([trial]) => isNamed(trial, [name]) && !isUnderWay(latest.get(trial) ?? null),
  );
  const [first] = finished;
  if (!first) return declined({ kind: "nothing-to-extend", variant: name });
  if (isSkipped(history, round, first[0])) return declined({ kind: "is-skipped", variant: first[0] });
  const shorter = finished.filter(([, trained]) => trained < steps);
  if (shorter.length === 0) {
    return declined({ kind: "too-few-steps", limit: Math.min(...finished.map(([, trained]) => trained)) });
  }
  const trials = shorter.map(([id]) => ({
    id,
    attempt: freshAttempt(round, id, latest.get(id) ?? null),
    steps,
  }));
  return event({ key, event: "extended", round: round.round, by, trials });
}
