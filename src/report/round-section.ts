import { groupBy } from "../collections.ts";
import { budgetLines, campaignLines, isLimited } from "./allowance-parts.ts";
import {
  code,
  codeBlock,
  indented,
  joinMarkdown,
  link,
  type Markdown,
  marker,
  md,
  sourceOf,
} from "./escape.ts";
import { blocks, bullets } from "./markdown.ts";
import type { RoundReport, TrialReport } from "./models.ts";
import { formatHours, formatNumber } from "./numbers.ts";
import {
  attemptList,
  comparisonTable,
  deviceHours,
  noiseLine,
  outcomeTable,
  predictionTable,
  recordList,
  triedList,
  uncomparedLine,
} from "./round-parts.ts";
import { findingList } from "./run-parts.ts";
import type { Section } from "./section.ts";
import type { Voice } from "./voice.ts";

interface RoundSectionOptions {
  readonly report: RoundReport;
  /** Day of the report, `2026-01-05`. */
  readonly date: string;
  /** See `roundFingerprint`. */
  readonly fingerprint: string;
  readonly voice: Voice;
}

/** What a round brought: what was tried, how it ended, prediction against observation, what comes next. */
export function renderRoundSection({ report, date, fingerprint, voice }: RoundSectionOptions): Section {
  const { round } = report.manifest;
  const mark = marker("round", round, fingerprint);
  const text = blocks([
    md`---`,
    md`## ${voice.md("round.heading", { round, date })}`,
    mark,
    ...roundBlocks(report, voice),
  ]);
  return { marker: sourceOf(mark), text: sourceOf(text) };
}

/** The blocks below the heading; the job summary shows the same. */
export function roundBlocks(report: RoundReport, voice: Voice): readonly (Markdown | null)[] {
  const { trials } = report;
  const comparisons = comparisonTable(trials, voice);
  const predictions = predictionTable(trials, voice);
  const record = recordList(report.record, voice);
  const attempts = attemptList(report, voice);
  return [
    roundFacts(report, voice),
    md`### ${voice.md("heading.tried")}`,
    triedList(report, voice),
    md`### ${voice.md("heading.outcomes")}`,
    outcomeTable(trials, voice),
    ...unfinished(trials, voice),
    ...(attempts === null ? [] : [md`### ${voice.md("heading.attempts")}`, attempts]),
    md`### ${voice.md("heading.comparisons")}`,
    noiseLine(report, voice),
    comparisons,
    uncomparedLine(trials, voice),
    ...controls(report, voice),
    ...(predictions === null && record === null
      ? []
      : [md`### ${voice.md("heading.predictions")}`, predictions, record]),
    md`### ${voice.md("heading.findings")}`,
    ...findingBlocks(trials, voice),
    ...nextSteps(report, voice),
  ];
}

function controls({ controls: said = [] }: RoundReport, voice: Voice): readonly Markdown[] {
  return said.length === 0 ? [] : [bullets(said.map((each) => ({ text: md`${voice.say(each)}` })))];
}

function roundFacts(report: RoundReport, voice: Voice): Markdown {
  const { topic, rules, trainer } = report.manifest;
  return bullets([
    { text: voice.md("round.topic", { topic }) },
    { text: voice.md(`analysis.rules.${rules}`) },
    {
      text: voice.md("round.trainer", {
        fork: code(trainer.fork),
        steps: trainer.steps,
        eval: trainer.eval_freq,
        log: trainer.log_freq,
      }),
    },
    { text: voice.md("round.device-time", { hours: formatHours(deviceHours(report)) }) },
    ...(report.budget && isLimited(report.budget) ? budgetLines(report.budget, voice) : []).map(said),
    ...(report.campaign ? campaignLines(report.campaign, voice) : []).map(said),
  ]);
}

function said(line: string): { readonly text: Markdown } {
  return { text: md`${line}` };
}

/** Every attempt that did not finish, with its cause and the last line that it logged. */
function unfinished(trials: readonly TrialReport[], voice: Voice): readonly Markdown[] {
  const ended = trials.filter(({ outcome }) => outcome !== null && outcome.outcome !== "finished");
  if (ended.length === 0) return [];
  const heading = md`### ${voice.md("heading.unfinished")}`;
  const alike = groupBy(ended, ({ outcome }) =>
    JSON.stringify([
      ...[outcome?.outcome, outcome?.reason, outcome?.steps, outcome?.evidence],
      lastLineOf(outcome),
    ]),
  );
  return [heading, ...[...alike.values()].map((trials) => ending(trials, voice))];
}

/** Of trials that ended alike. */
function ending(alike: readonly TrialReport[], voice: Voice): Markdown {
  const outcome = alike[0]?.outcome;
  if (!outcome) return md``;
  const cause = {
    trial: names(alike),
    outcome: voice.md(`outcome.${outcome.outcome}`),
    reason: code(outcome.reason ?? ""),
  };
  const sentence =
    outcome.steps === null
      ? voice.md("round.ended", cause)
      : voice.md("round.ended-at", { ...cause, step: outcome.steps });
  const lastLine = lastLineOf(outcome);
  const log = lastLine === undefined ? voice.md("round.no-log") : codeBlock("text", [lastLine]);
  const numbers = Object.entries(outcome.evidence).map(
    ([name, value]) => md`${code(name)} ${typeof value === "number" ? formatNumber(value) : String(value)}`,
  );
  return md`- ${joinMarkdown([sentence, ...numbers], " · ")}\n\n  ${indented(log, 2)}`;
}

function lastLineOf(outcome: TrialReport["outcome"]): string | undefined {
  return outcome?.log_tail.findLast((line) => line.trim() !== "");
}

function names(trials: readonly TrialReport[]): Markdown {
  return joinMarkdown(
    trials.map(({ trial }) => code(trial)),
    ", ",
  );
}

function findingBlocks(trials: readonly TrialReport[], voice: Voice): readonly Markdown[] {
  const unjudged = trials.filter(({ analysis }) => analysis === null);
  return [
    ...trials.flatMap(({ trial, outcome, analysis }) =>
      analysis ? [md`**${nameOf({ trial, outcome })}**`, findingList(analysis.findings, voice)] : [],
    ),
    ...(unjudged.length === 0
      ? []
      : [md`**${joinMarkdown(unjudged.map(nameOf), ", ")}**`, voice.md("round.no-findings")]),
  ];
}

function nameOf({ trial, outcome }: Pick<TrialReport, "trial" | "outcome">): Markdown {
  return outcome === null ? code(trial) : md`${code(trial)} ${runLink(outcome)}`;
}

function runLink({
  run_id,
  run_url,
}: {
  readonly run_id: string;
  readonly run_url: string | null;
}): Markdown {
  return md`(${link(run_id, run_url)})`;
}

function nextSteps({ next }: RoundReport, voice: Voice): readonly Markdown[] {
  if (next.length === 0) return [];
  const heading = md`### ${voice.md("heading.next")}`;
  return [heading, bullets(next.map((step) => ({ text: md`${voice.say(step)}` })))];
}
