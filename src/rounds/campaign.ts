import { expectedHours, hoursOfRound } from "./budget.ts";
import type { EventOf } from "./events.ts";
import type { History, RoundHistory } from "./history.ts";
import type { FollowUp } from "./manifest.ts";

/** Rounds that one person's merge approved beforehand. */
export interface Campaign {
  /** The round that was merged. */
  readonly round: string;
  readonly approved: EventOf<"approved">;
  readonly followUp: FollowUp;
  /** Those that were proposed under it so far, whatever became of them. */
  readonly rounds: readonly RoundHistory[];
}

/** Why no more rounds follow; other words come from an event of the ledger. */
export type CampaignEnd = "rounds-done" | "hours-spent" | "until-over" | "no-gain" | "superseded";

/** What a merge started; null: it approved nothing beyond its own round. A budget's approval never approves more. */
export function campaignOf(history: History, round: string): Campaign | null {
  const approved = history.rounds.get(round)?.approved;
  if (!approved?.follow_up || approved.pull === null || approved.by === UNATTENDED) return null;
  const rounds = [...history.rounds.values()].filter(({ follows }) => follows === round);
  return { round, approved, followUp: approved.follow_up, rounds };
}

/** Who approves what a budget or an earlier merge approved beforehand. */
export const UNATTENDED = "budget";

/** Of the newest round that was approved by a merge of its own. */
function newestCampaign(history: History): Campaign | null {
  const newest = [...history.rounds.values()]
    .filter(({ approved }) => approved && approved.pull !== null)
    .at(-1);
  return newest ? campaignOf(history, newest.round) : null;
}

/** The campaign under which a round may follow; null: the next one has to be merged. */
export function campaignGoingOn(given: { readonly history: History; readonly now: Date }): Campaign | null {
  const campaign = newestCampaign(given.history);
  return campaign && campaignEnd(campaign, given) === null ? campaign : null;
}

/** Why no round may follow any more; null: one may, when all before are over. */
export function campaignEnd(
  { round, approved, followUp, rounds }: Campaign,
  { history, now }: { history: History; now: Date },
): string | null {
  const ended = history.rounds.get(round)?.campaignEnd ?? null;
  if (ended !== null) return ended;
  if (newestCampaign(history)?.round !== round) return "superseded" satisfies CampaignEnd;
  const pending = rounds.filter(({ state }) => state === "proposed").length;
  // Not even one more trial would fit into its hours.
  const expected = expectedHours(history, approved.trainer.steps) ?? 0;
  return limitReached({ followUp, rounds, now, expected, more: pending === 0 ? 1 : 0 });
}

/**
 * Why a follow-up may not start anything (any more), as its own campaign says; null: it may. `expected`: device-hours that are to
 * fit besides those that the ledger knows of.
 */
export function refusalOfFollowUp(
  round: RoundHistory,
  { history, now, expected = 0 }: { history: History; now: Date; expected?: number },
): CampaignEnd | "no-campaign" | null {
  const campaign = round.follows === null ? null : campaignOf(history, round.follows);
  if (!campaign) return "no-campaign";
  const place = campaign.rounds.findIndex((other) => other.round === round.round);
  if (place < 0 || place >= campaign.followUp.rounds) return "rounds-done";
  if (patienceIsOver(campaign.rounds.slice(0, place), campaign.followUp)) return "no-gain";
  return limitReached({ ...campaign, now, expected, more: 0, patient: true });
}

interface Standing {
  readonly followUp: FollowUp;
  readonly rounds: readonly RoundHistory[];
  readonly now: Date;
  /** Rounds that are to come besides. */
  readonly more: number;
  readonly expected: number;
  readonly patient?: boolean;
}

function limitReached(standing: Standing): CampaignEnd | null {
  const { followUp, rounds, now, more, expected, patient = false } = standing;
  if (now.getTime() >= Date.parse(followUp.until)) return "until-over";
  const spent = campaignHours({ rounds });
  if (spent >= followUp.gpu_hours || spent + expected > followUp.gpu_hours) return "hours-spent";
  if (rounds.length + more > followUp.rounds) return "rounds-done";
  return !patient && patienceIsOver(rounds, followUp) ? "no-gain" : null;
}

/** Device-hours of the rounds that followed. */
export function campaignHours({ rounds }: Pick<Campaign, "rounds">): number {
  return rounds.reduce((sum, round) => sum + hoursOfRound(round), 0);
}

/** The last of those that are reported, so many as the patience lasts, brought nothing beyond the noise. */
function patienceIsOver(rounds: readonly RoundHistory[], { patience }: FollowUp): boolean {
  const judged = rounds.filter(({ gain }) => gain !== null);
  return judged.length >= patience && judged.slice(-patience).every(({ gain }) => gain === "no");
}
