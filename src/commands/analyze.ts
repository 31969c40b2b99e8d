import type { FolderHouse } from "../house.ts";
import { analyse } from "../judgement/analyse.ts";
import type { Analysis } from "../judgement/analysis.ts";
import { appendSection } from "../report/append.ts";
import { analysisDocument, dataName, documentText } from "../report/documents.ts";
import { analysisFingerprint } from "../report/fingerprint.ts";
import { renderAnalysisSection } from "../report/section.ts";
import type { RunSelection, RunSource } from "../runs/source.ts";
import { freeName } from "./data-files.ts";
import { localDate } from "./dates.ts";

export interface AnalyzeOptions {
  readonly source: RunSource;
  readonly selection: RunSelection;
  readonly topic: string;
  /** Write the section and its data into the repository. */
  readonly append: boolean;
}

export interface AnalyzeResult {
  readonly analysis: Analysis;
  /** Paths that were written; empty: nothing was asked for, or the same analysis stands there already. */
  readonly written: readonly string[];
}

/** Runs → summaries, findings, actions; with `append` also a report section and its data. */
export async function analyze(house: FolderHouse, options: AnalyzeOptions): Promise<AnalyzeResult> {
  const { runs, warnings, source } = await options.source.read(options.selection);
  const { rules, thresholds, trust } = house.settings;
  const analysis = analyse({ runs, source, rules, thresholds, trust, warnings });
  return { analysis, written: options.append ? await append(house, analysis, options.topic) : [] };
}

async function append(house: FolderHouse, analysis: Analysis, topic: string): Promise<readonly string[]> {
  const { paths, timezone, thresholds, trust } = house.settings;
  const date = localDate(house.now(), timezone);
  const path = `${paths.reports}/${paths.report}`;
  const existing = (await house.view.read([path])).get(path) ?? null;
  const fingerprint = analysisFingerprint(analysis, { thresholds, trust });
  const section = renderAnalysisSection({ analysis, topic, date, fingerprint, voice: house.voice });
  const appended = appendSection({ existing, section, language: house.voice.language });
  if (appended.kind === "unchanged") return [];
  const data = freeName(house.view.paths, `${paths.reports}/data/${dataName({ date, topic })}`);
  const files = new Map<string, Uint8Array | string>([
    [`${data}.json`, documentText(analysisDocument(analysis, house.voice))],
    [`${data}.md`, section.text],
    [path, appended.bytes],
  ]);
  await house.write(files);
  return [...files.keys()];
}
