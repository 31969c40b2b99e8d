import type { FollowUp } from "../rounds/manifest.ts";
import { code, type Markdown, table } from "./escape.ts";
import { blocks, bullets } from "./markdown.ts";
import type { Allowance, BudgetView, CampaignView } from "./models.ts";
import { formatHours, formatNumber } from "./numbers.ts";
import type { Voice } from "./voice.ts";

/** What was used of what may be used, and the hours: a sentence each. */
export function budgetLines(budget: BudgetView, voice: Voice): readonly string[] {
  const hours = ({ spent, limit }: Allowance) => ({
    spent: formatHours(spent),
    limit: limit === null ? voice.plain("budget.unlimited") : formatHours(limit),
  });
  const { rounds, hours: window, nextOpening } = budget;
  return [
    voice.plain("budget.tonight", hours(budget.tonight)),
    voice.plain("budget.in-all", hours(budget.inAll)),
    ...(rounds.limit === null
      ? []
      : [voice.plain("budget.rounds", { spent: rounds.spent, limit: rounds.limit })]),
    ...(window === null ? [] : [hoursLine({ window, nextOpening }, voice)]),
  ];
}

function hoursLine(
  { window, nextOpening }: { window: string; nextOpening: string | null },
  voice: Voice,
): string {
  return nextOpening === null
    ? voice.plain("budget.hours", { hours: window })
    : voice.plain("budget.next-opening", { hours: window, time: nextOpening });
}

export function isLimited({ tonight, inAll, rounds }: BudgetView): boolean {
  return [tonight, inAll, rounds].some(({ limit }) => limit !== null);
}

/** Beside the cost of a round: what a trial takes, what is left, and when it could start. */
export function costLines(budget: BudgetView, voice: Voice): readonly string[] {
  const { tonight, inAll, hours: window, nextOpening, hoursPerTrial } = budget;
  const left = ({ spent, limit }: Allowance) =>
    limit === null ? voice.plain("budget.unlimited") : formatHours(Math.max(0, limit - spent));
  return [
    ...(hoursPerTrial === null
      ? []
      : [voice.plain("budget.per-trial", { hours: formatHours(hoursPerTrial) })]),
    ...(isLimited(budget)
      ? [voice.plain("budget.left", { tonight: left(tonight), inAll: left(inAll) })]
      : []),
    ...(window === null ? [] : [hoursLine({ window, nextOpening }, voice)]),
  ];
}

/** Where a round stands among those that one merge approved, and why no more follow. */
export function campaignLines(campaign: CampaignView, voice: Voice): readonly string[] {
  const { approving, place, rounds, begun, hours, until, end } = campaign;
  return [
    place > 0
      ? voice.plain("campaign.of", { place, rounds, approving })
      : voice.plain("campaign.approving", { rounds, begun }),
    voice.plain("campaign.used", {
      spent: formatHours(hours.spent),
      limit: formatHours(hours.limit ?? 0),
      until,
    }),
    ...(end === null ? [] : [endLine(end, voice)]),
  ];
}

const ENDS = [
  "rounds-done",
  "hours-spent",
  "until-over",
  "no-gain",
  "superseded",
  "nothing-to-gain",
  "approval-gone",
  "protected",
] as const;

function endLine(end: string, voice: Voice): string {
  const known = ENDS.find((each) => each === end);
  return known ? voice.plain(`campaign.end.${known}`) : voice.plain("campaign.end.other", { reason: end });
}

/** What merging approves beyond the round, with the bounds in numbers. */
export function followUpBlock(followUp: FollowUp, voice: Voice): Markdown {
  const { rounds, gpu_hours, until, patience, bounds } = followUp;
  return blocks([
    voice.md("proposal.follow-up", { rounds, hours: formatHours(gpu_hours), until, patience }),
    table(
      [
        { title: voice.md("column.setting"), align: "left" },
        { title: voice.md("column.least"), align: "right" },
        { title: voice.md("column.greatest"), align: "right" },
      ],
      Object.entries(bounds).map(([path, { min, max }]) => [
        code(path),
        formatNumber(min),
        formatNumber(max),
      ]),
    ),
    bullets([{ text: voice.md("proposal.follow-up.change") }]),
  ]);
}
