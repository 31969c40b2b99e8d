import type { Analysis, RunAnalysis } from "../judgement/analysis.ts";
import { code, type Markdown, marker, md, sourceOf } from "./escape.ts";
import { blocks, bullets } from "./markdown.ts";
import { actionList, findingList, metricsTable, overviewTable, runFacts } from "./run-parts.ts";
import type { Voice } from "./voice.ts";

/** A piece of the report. `marker` is the line in it by which it is recognised when it is written again. */
export interface Section {
  readonly marker: string;
  readonly text: string;
}

interface AnalysisSectionOptions {
  readonly analysis: Analysis;
  readonly topic: string;
  /** Day of the report, `2026-01-05`. */
  readonly date: string;
  /** See `analysisFingerprint`. */
  readonly fingerprint: string;
  readonly voice: Voice;
}

/** What one analysis adds to the report: figures, findings and recommended edits of every run. */
export function renderAnalysisSection({
  analysis,
  topic,
  date,
  fingerprint,
  voice,
}: AnalysisSectionOptions): Section {
  const mark = marker("analysis", fingerprint);
  const text = blocks([
    md`---`,
    md`## ${voice.md("analysis.heading", { topic, date })}`,
    mark,
    analysisFacts(analysis, voice),
    analysis.runs.length > 1
      ? blocks([md`### ${voice.md("heading.overview")}`, overviewTable(analysis.runs, voice)])
      : null,
    ...analysis.runs.map((run) => runBlock(run, voice)),
    analysis.runs.length === 0 ? voice.md("analysis.no-runs") : null,
  ]);
  return { marker: sourceOf(mark), text: sourceOf(text) };
}

/** Source, rule set, and what the reader must know of. */
export function analysisFacts(analysis: Analysis, voice: Voice): Markdown {
  return bullets([
    { text: voice.md("analysis.source", { source: code(analysis.source) }) },
    { text: voice.md(`analysis.rules.${analysis.rules}`) },
    ...analysis.warnings.map((warning) => ({
      text: voice.md("analysis.note", { text: voice.say(warning) }),
    })),
  ]);
}

/** One run: heading, facts, figures, findings, actions. */
export function runBlock(run: RunAnalysis, voice: Voice): Markdown {
  const { id, label } = run.run;
  return blocks([
    id === label ? md`### ${label}` : md`### ${label} (${id})`,
    runFacts(run, voice),
    metricsTable(run.summary, voice),
    md`**${voice.md("heading.findings")}**`,
    findingList(run.findings, voice),
    md`**${voice.md("heading.actions")}**`,
    actionList(run.actions, voice),
  ]);
}
