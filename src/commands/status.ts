import type { House } from "../house.ts";
import type { Obstacle, RoundStatus, StatusReport, TrialStatus } from "../report/models.ts";
import { latestAttempts, type RoundHistory } from "../rounds/history.ts";
import { holdUp, isReverted } from "../rounds/reconcile.ts";
import { dueTrials, trialsOf } from "../rounds/trials.ts";
import { launchRules } from "../settings.ts";
import type { World } from "./world.ts";

/** What goes on, and why nothing does. */
export function statusReport(house: House, world: World): StatusReport {
  const { rounds } = world.history;
  return {
    rounds: [...rounds.values()].map(roundStatus),
    obstacles: obstacles(house, world),
    heartbeat: world.ledger.events.at(-1)?.at ?? null,
  };
}

function roundStatus(history: RoundHistory): RoundStatus {
  return {
    round: history.round,
    state: roundState(history),
    pullRequest: history.pull === null ? null : `#${history.pull}`,
    trials: trialStatuses(history),
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
      steps: history.approved?.trainer.steps ?? null,
      evalL1: null,
      device: null,
      reason: outcome?.reason ?? null,
    };
  });
}

function obstacles(house: House, { history, merged }: World): readonly Obstacle[] {
  const { mode, window } = house.settings;
  const rounds = [...history.rounds.values()];
  const waiting = rounds.filter(({ state }) => state === "proposed");
  const now = house.now();
  const observed = { history, rules: launchRules(house.settings), now: now.toISOString() };
  const startable = rounds.filter(
    (round) => dueTrials(round, { history, retries: house.retries, now }).length > 0,
  );
  const reverted = startable.filter((round) => isReverted(round, { merged }));
  const held = startable.flatMap((round) => holdUp(round, observed) ?? []);
  return [
    ...(history.paused ? [{ kind: "paused" as const, by: history.paused.by }] : []),
    ...(mode === "train" ? [] : [{ kind: "report-only" as const, mode }]),
    ...waiting.map(({ round }) => ({ kind: "needs-merge" as const, round })),
    ...reverted.map(({ round }) => ({ kind: "reverted" as const, round })),
    ...[...new Set(held)].map((why) =>
      why === "outside-hours"
        ? { kind: "outside-window" as const, window: window.hours ?? "" }
        : { kind: "budget-spent" as const },
    ),
  ];
}
