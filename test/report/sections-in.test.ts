import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { appendSection } from "../../src/report/append.ts";
import type { Section } from "../../src/report/section.ts";
import { renderAnalysisSection } from "../../src/report/section.ts";
import { sectionsIn } from "../../src/report/sections-in.ts";
import { analysis, sampleVoice } from "./samples.ts";

const sectionOf = (mark: string, body: string): Section => {
  const marker = `<!-- autoloop:round 0001 sha256:${mark} -->`;
  return { marker, text: `---\n\n## Round\n\n${marker}\n\n${body}` };
};
const section = fc
  .tuple(fc.uuid(), fc.stringMatching(/^[a-z]{1,6}(\n\n[a-z]{1,6}){0,3}$/))
  .map(([mark, body]) => sectionOf(mark.replaceAll("-", ""), body));
const withAll = (report: string, sections: readonly Section[]): string =>
  sections.reduce((text, added) => {
    const appended = appendSection({ existing: Buffer.from(text), section: added, language: "en" });
    return appended.kind === "unchanged" ? text : Buffer.from(appended.bytes).toString("utf8");
  }, report);

describe("sectionsIn", () => {
  it("finds a section as it was rendered", () => {
    const rendered = renderAnalysisSection({
      analysis: analysis(),
      topic: "runs",
      date: "2026-01-05",
      fingerprint: "sha256:aa",
      voice: sampleVoice(),
    });
    expect(sectionsIn(withAll("# Report\n", [rendered]))).toEqual([rendered]);
  });

  it("finds nothing in what people wrote", () => {
    expect(sectionsIn("# Report\n\n---\n\n## Mine\n\ntext\n")).toEqual([]);
  });

  it("gives what was appended, in its order and with either line end", () => {
    const distinct = fc.uniqueArray(section, { selector: ({ marker }) => marker, maxLength: 4 });
    fc.assert(
      fc.property(distinct, fc.constantFrom("# A\n", "# A\r\nb\r\n", "", "# A"), (sections, report) => {
        const copy = withAll(report, sections);
        expect(sectionsIn(copy)).toEqual(sections);
        expect(withAll(report, sectionsIn(copy))).toBe(copy);
      }),
    );
  });

  it("adds what waits and nothing else to a report that somebody corrected meanwhile", () => {
    const [old, waiting] = [sectionOf("aa", "first"), sectionOf("bb", "second")];
    const copy = withAll("# Reprot\n", [old, waiting]);
    const corrected = withAll("# Report\n", [old]);
    expect(withAll(corrected, sectionsIn(copy))).toBe(withAll("# Report\n", [old, waiting]));
  });
});
