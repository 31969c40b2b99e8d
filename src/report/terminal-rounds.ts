import { noiseBetweenSeeds } from "../judgement/ranked-variant.ts";
import { grid, hanging } from "./grid.ts";
import type { CheckedFile, CheckResult, RoundProposal, RoundStatus, StatusReport } from "./models.ts";
import { formatHours, formatNumber, NONE } from "./numbers.ts";
import { plainLine } from "./plain.ts";
import { pullRequestTitle } from "./pull-request.ts";
import { fileName, purposePhrase } from "./round-parts.ts";
import { obstacleText, progress, requestText } from "./status.ts";
import { editText, predictionText, type Terminal } from "./terminal.ts";
import type { Voice } from "./voice.ts";

/** What goes on, and why nothing does. */
export function renderStatus(status: StatusReport, voice: Voice, terminal: Terminal): string {
  const { rounds, obstacles, requests, heartbeat } = status;
  const lines = [
    ...(rounds.length === 0 ? [voice.plain("status.no-rounds")] : []),
    ...rounds.flatMap((round) => roundLines(round, voice, terminal)),
    ...(obstacles.length === 0 ? [] : [terminal.style("bold", voice.plain("status.why"))]),
    ...obstacles.flatMap((obstacle) => hanging("  ! ", obstacleText(obstacle, voice), terminal)),
    ...(requests.length === 0 ? [] : [terminal.style("bold", voice.plain("status.requests"))]),
    ...requests.flatMap((request) => hanging("  - ", requestText(request, voice), terminal)),
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
  { round, state, trials, pullRequest }: RoundStatus,
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
    ...(trials.length === 0 ? [] : table.map((line) => `  ${line}`)),
    "",
  ];
}

/** Which files the trainer would accept, and what it would say to the others. */
export function renderCheck({ fork, files }: CheckResult, voice: Voice, terminal: Terminal): string {
  const launchable = files.filter((file) => file.launchable).length;
  const lines = [
    terminal.style("dim", voice.plain("check.fork", { fork })),
    ...files.flatMap((file) => checkLines(file, voice, terminal)),
    voice.plain("check.total", { launchable, files: files.length }),
  ];
  return `${lines.join("\n")}\n`;
}

function checkLines(
  { path, launchable, errors, warnings }: CheckedFile,
  voice: Voice,
  terminal: Terminal,
): string[] {
  const verdict = launchable
    ? terminal.style("green", `✓ ${voice.plain("check.launches")}`)
    : terminal.style("red", `✗ ${voice.plain("check.refused")}`);
  const complaints = [
    ...errors.map((error) => ({ ...error, kind: "check.error" as const })),
    ...warnings.map((warning) => ({ ...warning, kind: "check.warning" as const })),
  ];
  return [
    `${verdict}  ${plainLine(path, 300)}`,
    ...complaints.flatMap(({ kind, path: where, message }) =>
      hanging(
        "    ",
        `${voice.plain(kind)} ${where === "" ? voice.plain("check.whole-file") : where}: ${voice.say(message)}`,
        terminal,
      ),
    ),
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
