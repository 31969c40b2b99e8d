import { type Attempt, attemptKey, type History, latestAttempts, type RoundHistory } from "./history.ts";
import { finishedSteps, isThrough, type Retries, trialsOf } from "./trials.ts";

/** Something that people want to hear of once. `what` names it in the ledger: `notified:<what>`. */
export type Notice = { readonly what: string } & (
  | { readonly kind: "opened"; readonly round: string; readonly pull: number }
  | {
      readonly kind: "ended";
      readonly round: string;
      readonly pull: number | null;
      readonly finished: number;
      readonly trials: number;
    }
  | {
      readonly kind: "failed";
      readonly pull: number | null;
      readonly trial: string;
      readonly times: number;
      readonly reason: string;
    }
  | { readonly kind: "paused"; readonly by: string }
);

/** What is older is no news: a lab that turns notices on is not told its whole history. */
const NEWS_MS = 2 * 24 * 3_600_000;

export function noticeKey({ what }: Pick<Notice, "what">): string {
  return `notified:${what}`;
}

/** What nobody was told yet. */
export function dueNotices(given: {
  readonly history: History;
  readonly retries: Retries;
  readonly now: Date;
}): readonly Notice[] {
  const { history, now } = given;
  const isNews = (at: string) => now.getTime() - Date.parse(at) < NEWS_MS;
  const { paused } = history;
  const all: readonly Notice[] = [
    ...[...history.rounds.values()].flatMap((round) => [
      ...opening(round, isNews),
      ...failures(round, isNews),
      ...ending(round, { ...given, isNews }),
    ]),
    ...(paused && isNews(paused.at)
      ? [{ what: `paused:${paused.key}`, kind: "paused" as const, by: paused.by }]
      : []),
  ];
  return all.filter((notice) => !history.keys.has(noticeKey(notice)));
}

type IsNews = (at: string) => boolean;

function opening({ round, state, proposed }: RoundHistory, isNews: IsNews): Notice[] {
  // Nobody has to do anything about a round that was approved beforehand; its end is told.
  if (state !== "proposed" || !proposed || proposed.pull === null || !isNews(proposed.at)) return [];
  return [{ what: `opened:${round}`, kind: "opened", round, pull: proposed.pull }];
}

function ending(
  round: RoundHistory,
  { history, retries, isNews }: { history: History; retries: Retries; isNews: IsNews },
): Notice[] {
  const last = round.attempts
    .flatMap(({ outcome }) => outcome?.at ?? [])
    .sort()
    .at(-1);
  const reported = round.attempts.every((attempt) =>
    round.reported.has(attemptKey({ id: attempt.trial, attempt: attempt.attempt })),
  );
  if (last === undefined || !reported || !isNews(last) || !isThrough(round, { history, retries })) return [];
  return [
    {
      what: `ended:${round.round}:${round.attempts.length}`,
      kind: "ended",
      round: round.round,
      pull: round.pull,
      finished: finishedSteps(round).size,
      trials: trialsOf(round).length,
    },
  ];
}

/** Failed twice in a row or more: somebody should look. */
function failures(round: RoundHistory, isNews: IsNews): Notice[] {
  return [...latestAttempts(round).values()].flatMap((last): Notice[] => {
    const { trial, attempt, outcome } = last;
    const times = failedInARow(round, last);
    if (outcome === null || times < 2 || !isNews(outcome.at)) return [];
    const { pull } = round;
    const what = `failed:${trial}:${attempt}`;
    return [{ what, kind: "failed", pull, trial, times, reason: outcome.reason ?? "–" }];
  });
}

function failedInARow({ attempts }: RoundHistory, { trial }: Attempt): number {
  const own = attempts.filter((each) => each.trial === trial).toSorted((a, b) => b.attempt - a.attempt);
  const other = own.findIndex(({ outcome }) => outcome?.event !== "failed");
  return other === -1 ? own.length : other;
}
