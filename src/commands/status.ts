import type { House } from "../house.ts";
import type { Obstacle, RoundStatus, StatusReport, TrialStatus } from "../report/models.ts";
import type { Refusal } from "../rounds/budget.ts";
import { type History, latestAttempts, type RoundHistory } from "../rounds/history.ts";
import { followUpHeldUp } from "../rounds/reconcile.ts";
import { startable } from "../rounds/starting.ts";
import { trialsOf } from "../rounds/trials.ts";
import { launchRules } from "../settings.ts";
import { budgetView, campaignView } from "./budget-view.ts";
import type { World } from "./world.ts";

/** What goes on, and why nothing does. */
export function statusReport(house: House, world: World): StatusReport {
  const { rounds } = world.history;
  return {
    rounds: [...rounds.values()].map((round) => roundStatus(house, { history: world.history, round })),
    obstacles: obstacles(house, world.history),
    budget: budgetView(house, world.history),
    heartbeat: world.ledger.events.at(-1)?.at ?? null,
  };
}

function roundStatus(
  house: House,
  { history, round }: { history: History; round: RoundHistory },
): RoundStatus {
  return {
    round: round.round,
    state: roundState(round),
    pullRequest: round.pull === null ? null : `#${round.pull}`,
    campaign: campaignView(house, { history, round: round.round }),
    trials: trialStatuses(round),
  };
}

function roundState(history: RoundHistory): RoundStatus["state"] {
  if (history.state === "refused" || history.state === "rejected") return "refused";
  if (history.state === "proposed") return "proposed";
  if (history.attempts.length === 0) return "approved";
  return history.attempts.some(({ outcome }) => outcome === null) ? "training" : "done";
}

function trialStatuses(history: RoundHistory): readonly TrialStatus[] {
  const latest = latestAttempts(history);
  return trialsOf(history).map(({ id }) => {
    const attempt = latest.get(id);
    const outcome = attempt?.outcome ?? null;
    return {
      trial: id,
      attempt: attempt?.attempt ?? 1,
      state: outcome?.event ?? (attempt ? "queued" : "waiting"),
      step: outcome?.steps ?? null,
      steps: attempt?.steps ?? history.approved?.trainer.steps ?? null,
      evalL1: null,
      device: null,
      reason: outcome?.reason ?? null,
    };
  });
}

function obstacles(house: House, history: History): readonly Obstacle[] {
  const { mode } = house.settings;
  const rounds = [...history.rounds.values()];
  const waiting = rounds.filter(({ state, follows }) => state === "proposed" && follows === null);
  return [
    ...(history.paused ? [{ kind: "paused" as const, by: history.paused.by }] : []),
    ...(mode === "train" ? [] : [{ kind: "report-only" as const, mode }]),
    ...waiting.map(({ round }) => ({ kind: "needs-merge" as const, round })),
    ...[...new Set(heldUp(house, history))].map((why) => obstacleOf(why, house)),
  ];
}

/** Why approved trials wait, and a follow-up round that would be next. */
function heldUp({ settings, retries, now }: House, history: History): readonly Refusal[] {
  const given = { history, retries, rules: launchRules(settings), now: now() };
  const rounds = [...history.rounds.values()];
  const waiting = rounds.flatMap((round) => startable(round, given).heldUp ?? []);
  const next = settings.mode === "train" ? followUpHeldUp(given) : null;
  return next === null ? waiting : [...waiting, next];
}

function obstacleOf(why: Refusal, { settings }: House): Obstacle {
  switch (why) {
    case "outside-hours":
      return { kind: "outside-window", window: settings.window.hours ?? "" };
    case "does-not-fit":
    case "campaign-over":
      return { kind: why };
    case "campaign-spent":
      return { kind: "budget-spent", what: "campaign" };
    case "night-spent":
      return { kind: "budget-spent", what: "night" };
    case "rounds-spent":
      return { kind: "budget-spent", what: "rounds" };
    case "all-spent":
    case "wall-time":
      return { kind: "budget-spent", what: "all" };
  }
}
