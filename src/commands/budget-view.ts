import type { House } from "../house.ts";
import type { BudgetView, CampaignView } from "../report/models.ts";
import { expectedHours, spentSoFar } from "../rounds/budget.ts";
import { campaignEnd, campaignHours, campaignOf } from "../rounds/campaign.ts";
import type { History } from "../rounds/history.ts";
import { isWithin, nextOpening } from "../rounds/hours.ts";
import { launchRules } from "./launch-rules.ts";

/** What was used of what may be used, and when training may start next. */
export function budgetView({ settings, now }: Pick<House, "settings" | "now">, history: History): BudgetView {
  const rules = launchRules(settings);
  const at = now();
  const spent = spentSoFar(history, { now: at, rules });
  const { limits, hours } = rules;
  return {
    tonight: { spent: spent.deviceHoursTonight, limit: limits.deviceHoursPerNight },
    inAll: { spent: spent.deviceHoursInAll, limit: limits.deviceHoursInAll },
    rounds: { spent: spent.roundsTonight, limit: limits.roundsPerNight },
    hours: settings.window.hours === undefined ? null : `${settings.window.hours} ${settings.timezone}`,
    nextOpening: hours && !isWithin(hours, at) ? nextOpening(hours, at).toISOString() : null,
    hoursPerTrial: expectedHours(history, settings.trainer.steps),
  };
}

/** Where a round stands in the rounds that one merge approved; null: it belongs to none. */
export function campaignView(
  { now }: Pick<House, "now">,
  { history, round }: { history: History; round: string },
): CampaignView | null {
  const known = history.rounds.get(round);
  const campaign = campaignOf(history, known?.follows ?? round);
  if (!known || !campaign) return null;
  const { rounds, followUp } = campaign;
  return {
    approving: campaign.round,
    place: rounds.findIndex((other) => other.round === round) + 1,
    begun: rounds.length,
    rounds: followUp.rounds,
    hours: { spent: campaignHours(campaign), limit: followUp.gpu_hours },
    until: followUp.until,
    end: campaignEnd(campaign, { history, now: now() }),
  };
}
