import { budgetLines, campaignLines } from "./allowance-parts.ts";
import { code, type Markdown, marker, md, ownLink, sourceOf, table } from "./escape.ts";
import { blocks, bullets } from "./markdown.ts";
import type { Obstacle, RequestView, RoundStatus, StatusReport, TrialStatus } from "./models.ts";
import { formatNumber, NONE } from "./numbers.ts";
import type { Voice } from "./voice.ts";

/** First line of the status comment. */
export const STATUS_MARKER = sourceOf(marker("status"));

/** The one comment of a pull request that is edited, not repeated: found again by its first line and its author. */
export function renderStatusComment(status: StatusReport, voice: Voice): string {
  const heading = md`## ${voice.md("status.heading")}`;
  return `${sourceOf(blocks([marker("status"), heading, statusBlocks(status, voice)]))}\n`;
}

/** Rounds with their trials, why nothing goes on, what people asked for, what is left, and when it last woke up. */
export function statusBlocks(status: StatusReport, voice: Voice): Markdown {
  const { rounds, obstacles, requests, heartbeat, budget } = status;
  const why = bullets(obstacles.map((obstacle) => ({ text: md`${obstacleText(obstacle, voice)}` })));
  return blocks([
    rounds.length === 0 ? voice.md("status.no-rounds") : null,
    ...rounds.map((round) => roundBlock(round, voice)),
    obstacles.length === 0 ? null : md`**${voice.md("status.why")}**`,
    why,
    requests.length === 0 ? null : md`**${voice.md("status.requests")}**`,
    bullets(requests.map((request) => ({ text: md`${requestText(request, voice)}` }))),
    budget ? bullets(budgetLines(budget, voice).map((line) => ({ text: md`${line}` }))) : null,
    heartbeat === null ? voice.md("status.no-heartbeat") : voice.md("status.heartbeat", { time: heartbeat }),
  ]);
}

/** One plain sentence: why nothing goes on. */
export function obstacleText(obstacle: Obstacle, voice: Voice): string {
  switch (obstacle.kind) {
    case "needs-merge":
    case "reverted":
      return voice.plain(`obstacle.${obstacle.kind}`, { round: obstacle.round });
    case "paused":
      return voice.plain("obstacle.paused", { by: obstacle.by });
    case "outside-window":
      return voice.plain("obstacle.outside-window", { window: obstacle.window });
    case "report-only":
      return voice.plain("obstacle.report-only", { mode: obstacle.mode });
    case "waits-for-runner":
      return voice.plain("obstacle.waits-for-runner", { dispatch: obstacle.dispatch });
    case "rests":
    case "needs-propose":
      return voice.plain(`obstacle.${obstacle.kind}`, { round: obstacle.round });
    case "refused":
      return voice.plain("obstacle.refused", { round: obstacle.round, why: obstacle.why });
    case "budget-spent":
      return voice.plain(`obstacle.budget-spent.${obstacle.what}`);
    case "other":
      return voice.say(obstacle.text);
    default:
      return voice.plain(`obstacle.${obstacle.kind}`);
  }
}

const NAMED = 8;

/** One plain sentence: who asked for what. */
export function requestText({ at, by, what, names, steps }: RequestView, voice: Voice): string {
  const shown = names.length > NAMED ? [...names.slice(0, NAMED), "…"] : names;
  return voice.plain(`request.${what}`, {
    time: `${at.slice(0, 16)}Z`,
    by,
    names: shown.join(", "),
    steps: steps ?? 0,
  });
}

function roundBlock({ round, state, trials, pullRequest, campaign }: RoundStatus, voice: Voice): Markdown {
  const title = md`**${voice.md("status.round", { round, state: voice.md(`round-state.${state}`) })}**`;
  const line =
    pullRequest === null ? title : md`${title} (${ownLink(voice.plain("status.pull-request"), pullRequest)})`;
  return blocks([
    line,
    campaign ? bullets(campaignLines(campaign, voice).map((text) => ({ text: md`${text}` }))) : null,
    trials.length === 0 ? null : trialTable(trials, voice),
  ]);
}

function trialTable(trials: readonly TrialStatus[], voice: Voice): Markdown {
  return table(
    [
      { title: voice.md("column.trial"), align: "left" },
      { title: voice.md("column.state"), align: "left" },
      { title: voice.md("column.progress"), align: "right" },
      { title: "eval_l1", align: "right" },
      { title: voice.md("column.device"), align: "left" },
    ],
    trials.map((trial) => [
      trial.attempt <= 1 ? code(trial.trial) : md`${code(trial.trial)} (${voice.md("round.attempt", trial)})`,
      stateCell(trial, voice),
      progress(trial),
      formatNumber(trial.evalL1),
      trial.device === null ? NONE : code(trial.device),
    ]),
  );
}

function stateCell({ state, reason, next }: TrialStatus, voice: Voice): Markdown {
  const known = voice.md(`trial-state.${state}`);
  const ended = reason === null ? known : md`${known} (${code(reason)})`;
  return next === null ? ended : md`${ended}; ${voice.md("trial.next", { attempt: next })}`;
}

/** `1450/2000`. */
export function progress({ step, steps }: Pick<TrialStatus, "step" | "steps">): string {
  if (step === null) return NONE;
  return steps === null ? String(step) : `${step}/${steps}`;
}
