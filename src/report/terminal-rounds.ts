import { noiseBetweenSeeds } from "../judgement/ranked-variant.ts";
import { budgetLines, campaignLines, costLines } from "./allowance-parts.ts";
import { grid, hanging } from "./grid.ts";
import type { RoundProposal, RoundStatus, StatusReport } from "./models.ts";
import { formatHours, formatNumber, NONE } from "./numbers.ts";
import { plainLine } from "./plain.ts";
import { pullRequestTitle } from "./pull-request.ts";
import { fileName, purposePhrase } from "./round-parts.ts";
import { obstacleText, progress, requestText } from "./status.ts";
import { editText, predictionText, type Terminal } from "./terminal.ts";
import type { Voice } from "./voice.ts";

/** What goes on, and why nothing does. */
export function renderStatus(status: StatusReport, voice: Voice, terminal: Terminal): string {
  const { rounds, obstacles, requests, heartbeat, budget } = status;
  const lines = [
    ...(rounds.length === 0 ? [voice.plain("status.no-rounds")] : []),
    ...rounds.flatMap((round) => roundLines(round, voice, terminal)),
    ...(obstacles.length === 0 ? [] : [terminal.style("bold", voice.plain("status.why"))]),
    ...obstacles.flatMap((obstacle) => hanging("  ! ", obstacleText(obstacle, voice), terminal)),
    ...(requests.length === 0 ? [] : [terminal.style("bold", voice.plain("status.requests"))]),
    ...requests.flatMap((request) => hanging("  - ", requestText(request, voice), terminal)),
    ...(budget ? budgetLines(budget, voice) : []).flatMap((line) => hanging("", plainLine(line), terminal)),
    terminal.style(
      "dim",
      heartbeat === null
        ? voice.plain("status.no-heartbeat")
        : voice.plain("status.heartbeat", { time: heartbeat }),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function roundLines(
  { round, state, trials, pullRequest, campaign }: RoundStatus,
  voice: Voice,
  terminal: Terminal,
): string[] {
  const title = voice.plain("status.round", { round, state: voice.plain(`round-state.${state}`) });
  const rows = trials.map((trial) => [
    trial.attempt <= 1 ? trial.trial : `${trial.trial} (${voice.plain("round.attempt", trial)})`,
    voice.plain(`trial-state.${trial.state}`) +
      (trial.reason === null ? "" : ` (${trial.reason})`) +
      (trial.next === null ? "" : `; ${voice.plain("trial.next", { attempt: trial.next })}`),
    progress(trial),
    formatNumber(trial.evalL1),
    trial.device ?? NONE,
  ]);
  const table = grid(
    [
      { title: voice.plain("column.trial"), align: "left" },
      { title: voice.plain("column.state"), align: "left" },
      { title: voice.plain("column.progress"), align: "right" },
      { title: "eval_l1", align: "right" },
      { title: voice.plain("column.device"), align: "left" },
    ],
    rows,
    { width: terminal.width - 2 },
  );
  return [
    terminal.style("bold", title),
    ...(pullRequest === null ? [] : [terminal.style("dim", `  ${plainLine(pullRequest, 500)}`)]),
    ...(campaign ? campaignLines(campaign, voice) : []).flatMap((line) =>
      hanging("  ", plainLine(line), terminal),
    ),
    ...(trials.length === 0 ? [] : table.map((line) => `  ${line}`)),
    "",
  ];
}

/** A round before it is opened: what would train, why, and what it would cost. */
export function renderProposal(proposal: RoundProposal, voice: Voice, terminal: Terminal): string {
  const { manifest, variants, warnings } = proposal;
  const { trials, device_hours } = manifest.budget;
  const views = new Map(variants.map((view) => [view.id, view]));
  const lines = [
    terminal.style("bold", pullRequestTitle(proposal)),
    ...warnings.flatMap((warning) => hanging("! ", voice.say(warning), terminal)),
    ...manifest.variants.flatMap((variant) => {
      const check = views.get(variant.id)?.check;
      const refused = check?.launchable === false ? `  ✗ ${voice.plain("check.refused")}` : "";
      const control = variant.control === null ? "" : `  (${voice.plain(purposePhrase(variant.control))})`;
      return [
        "",
        terminal.style("cyan", plainLine(`${variant.id}  ${fileName(variant.path)}${control}`, 300)) +
          terminal.style("red", refused),
        ...hanging("  ", voice.say(variant.reason), terminal),
        ...variant.edits.flatMap((edit) => hanging("    ", editText(edit, voice), terminal)),
        ...(variant.predicts === null
          ? []
          : hanging("    ", predictionText(variant.predicts, voice), terminal)),
      ];
    }),
    "",
    ...hanging(
      "",
      device_hours === null
        ? voice.plain("proposal.cost.unknown", { trials })
        : voice.plain("proposal.cost", { trials, hours: formatHours(device_hours) }),
      terminal,
    ),
    ...(proposal.budget ? costLines(proposal.budget, voice) : []).flatMap((line) =>
      hanging("", plainLine(line), terminal),
    ),
    ...hanging(
      "",
      voice.plain("round.noise", {
        equal: formatNumber(manifest.noise.equal_seed),
        between: formatNumber(noiseBetweenSeeds(manifest.noise.between_seeds)),
      }),
      terminal,
    ),
  ];
  return `${lines.join("\n")}\n`;
}
