import { AutoloopError } from "../errors.ts";
import type { House } from "../house.ts";
import type { Analysis } from "../judgement/analysis.ts";
import { appendSection } from "../report/append.ts";
import { analysisDocument, dataName, documentText } from "../report/documents.ts";
import { commitSubject } from "../report/plain.ts";
import type { Section } from "../report/section.ts";
import { freeName } from "./data-files.ts";
import { lookAround, type World } from "./world.ts";

export interface NewSection {
  readonly section: Section;
  /** Part of the commit's subject and of the data files' names. */
  readonly topic: string;
  readonly date: string;
  readonly analysis: Analysis;
}

const TRIES = 5;

/**
 * A section at the end of the report and its data beside it, as one commit on the default branch. When that moved meanwhile, the
 * section is appended to what is there by then. Null: it stands there already.
 */
export async function commitSection(
  house: House,
  world: World,
  { section, topic, date, analysis }: NewSection,
): Promise<string | null> {
  const { paths } = house.settings;
  const path = `${paths.reports}/${paths.report}`;
  let now = world;
  for (let tries = 0; tries < TRIES; tries++) {
    const existing = (await now.view.read([path])).get(path) ?? null;
    const appended = appendSection({ existing, section, language: house.voice.language });
    if (appended.kind === "unchanged") return null;
    const data = freeName(now.view.paths, `${paths.reports}/data/${dataName({ date, topic })}`);
    const result = await house.forge.writer.commit({
      branch: now.branch,
      parent: now.tree.commit,
      files: new Map<string, Uint8Array | string>([
        [path, appended.bytes],
        [`${data}.json`, documentText(analysisDocument(analysis, house.voice))],
        [`${data}.md`, section.text],
      ]),
      message: commitSubject("report", topic),
    });
    if (result.kind === "moved") return result.commit;
    now = await lookAround(house);
  }
  throw new AutoloopError("report.contended", {
    what: `${now.branch} was moved by others ${TRIES} times while the report of ${topic} was being committed.`,
    next: "Run again; the report is written once.",
  });
}
