import { AutoloopError } from "../errors.ts";
import type { FileChanges } from "../forge/forge.ts";
import type { House } from "../house.ts";
import type { Analysis } from "../judgement/analysis.ts";
import { appendSection } from "../report/append.ts";
import { analysisDocument, dataName, documentText } from "../report/documents.ts";
import { commitSubject, roundMessage } from "../report/plain.ts";
import type { Section } from "../report/section.ts";
import { freeName } from "./data-files.ts";

export interface NewSection {
  readonly section: Section;
  /** Part of the commit's subject and of the data files' names. */
  readonly topic: string;
  /** The round that it reports; null: none. */
  readonly round: string | null;
  readonly date: string;
  readonly analysis: Analysis;
}

export function reportPath({ settings: { paths } }: Pick<House, "settings">): string {
  return `${paths.reports}/${paths.report}`;
}

export function sectionMessage({ topic, round }: NewSection): string {
  return round === null ? commitSubject("report", topic) : roundMessage("report", { round, subject: topic });
}

/** Null: the report has this section. */
export function sectionFiles(
  house: House,
  { section, topic, date, analysis }: NewSection,
  { existing, taken }: { existing: Uint8Array | null; taken: readonly string[] },
): FileChanges | null {
  const appended = appendSection({ existing, section, language: house.voice.language });
  if (appended.kind === "unchanged") return null;
  const data = freeName(taken, `${house.settings.paths.reports}/data/${dataName({ date, topic })}`);
  return new Map<string, Uint8Array | string>([
    [reportPath(house), appended.bytes],
    [`${data}.json`, documentText(analysisDocument(analysis, house.voice))],
    [`${data}.md`, section.text],
  ]);
}

export function contended(
  branch: string,
  { section: { topic }, tries }: { section: NewSection; tries: number },
): AutoloopError {
  return new AutoloopError("report.contended", {
    what: `${branch} was moved by others ${tries} times while the report of ${topic} was being committed.`,
    next: "Run again; the report is written once.",
  });
}
