import { type Attempt, configOf, type RoundHistory } from "../rounds/history.ts";
import { standingAttempts } from "../rounds/settled.ts";
import { finishedSteps, trialsOf } from "../rounds/trials.ts";
import { CHECK_LIMITS, fitParts } from "./budget.ts";
import { code, md, sourceOf } from "./escape.ts";
import { formatHours, NONE } from "./numbers.ts";
import type { Voice } from "./voice.ts";

/** A round as a check on a commit. */
export interface RoundCheck {
  /** null: it goes on. */
  readonly conclusion: "success" | "neutral" | "failure" | null;
  readonly title: string;
  readonly summary: string;
  readonly annotations: readonly {
    readonly path: string;
    readonly level: "notice" | "warning" | "failure";
    readonly title: string;
    readonly message: string;
  }[];
}

/** Before the merge: would everything that the branch names be trained? */
export function checkOpenRound(
  round: string,
  {
    launchable,
    broken,
  }: { launchable: number; broken: readonly { id: string; path: string; reason: string }[] },
  voice: Voice,
): RoundCheck {
  const annotations = broken.map(({ id, path, reason }) => ({
    path,
    level: "failure" as const,
    title: id,
    message: reason,
  }));
  const title =
    broken.length === 0
      ? voice.plain("check.round.waiting", { round })
      : voice.plain("check.round.broken", { round, count: broken.length });
  const conclusion = launchable === 0 ? "failure" : broken.length === 0 ? "success" : "neutral";
  return { conclusion, title, summary: title, annotations };
}

/** From the merge on: how far its trials are, each with a line at its configuration. */
export function checkRound(round: RoundHistory, { over }: { over: boolean }, voice: Voice): RoundCheck {
  const latest = standingAttempts(round);
  const trials = trialsOf(round);
  const ended = [...latest.values()].filter(({ outcome }) => outcome !== null);
  const finished = finishedSteps(round).size;
  const about = { round: round.round, trials: trials.length };
  const title = over
    ? voice.plain("check.round.done", { ...about, finished })
    : voice.plain("check.round.training", { ...about, ended: ended.length });
  const lines = trials.map(({ id }) => {
    const event = latest.get(id)?.outcome?.event;
    return md`- ${code(id)} ${voice.md(event ? `trial-state.${event}` : latest.has(id) ? "trial-state.queued" : "trial-state.waiting")}`;
  });
  const { text } = fitParts({
    parts: [md`${title}`, ...lines].map((line, spare) => ({ name: "", text: sourceOf(line), spare })),
    limits: CHECK_LIMITS,
    notice: () => sourceOf(voice.md("reply.shortened")),
  });
  return {
    conclusion: over ? verdict(finished, trials.length) : null,
    title,
    summary: text,
    annotations: ended.flatMap((attempt) => annotation(round, attempt, voice)),
  };
}

function verdict(finished: number, trials: number): RoundCheck["conclusion"] {
  if (finished === trials) return "success";
  return finished === 0 ? "failure" : "neutral";
}

function annotation(round: RoundHistory, attempt: Attempt, voice: Voice): RoundCheck["annotations"] {
  const { trial, outcome } = attempt;
  const config = configOf(round, trial);
  if (!outcome || !config) return [];
  const level = outcome.event === "finished" ? "notice" : outcome.event === "stopped" ? "warning" : "failure";
  const message = voice.plain("check.trial.detail", {
    attempt: attempt.attempt,
    steps: outcome.steps ?? NONE,
    hours: formatHours(outcome.device_seconds / 3600),
    reason: outcome.reason ?? NONE,
  });
  const title = voice.plain("check.trial", { trial, outcome: voice.plain(`outcome.${outcome.event}`) });
  return [{ path: config.path, level, title, message }];
}
