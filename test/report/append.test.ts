import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appendSection, detectLanguage } from "../../src/report/append.ts";
import { codeBlock, sourceOf } from "../../src/report/escape.ts";
import { renderAnalysisSection } from "../../src/report/section.ts";
import { analysis, sampleVoice } from "./samples.ts";

const section = {
  marker: "<!-- autoloop:analysis sha256:aa -->",
  text: "---\n\n## New\n\n<!-- autoloop:analysis sha256:aa -->",
};
const bytes = (text: string) => new TextEncoder().encode(text);

function append(existing: Uint8Array | null, added = section): Uint8Array {
  const result = appendSection({ existing, section: added, language: "en" });
  if (result.kind === "unchanged") throw new Error("expected an append");
  return result.bytes;
}
const appended = (existing: string | null) =>
  Buffer.from(append(existing === null ? null : bytes(existing))).toString("utf8");

describe("appendSection", () => {
  it.each([
    ["after a line end", "# Old\n", `# Old\n\n${section.text}\n`],
    ["after an empty line", "# Old\n\n", `# Old\n\n${section.text}\n`],
    ["after an open line", "# Old", `# Old\n\n${section.text}\n`],
    [
      "with the line ends of the file",
      "# Old\r\nx\r\n",
      `# Old\r\nx\r\n\r\n${section.text.replaceAll("\n", "\r\n")}\r\n`,
    ],
  ])("adds a section %s", (_where, existing, result) => {
    expect(appended(existing)).toBe(result);
  });

  it("gives a new report a title", () => {
    expect(appended(null)).toBe(`# ACT+OT experiment report\n\n${section.text}\n`);
    expect(appended("")).toBe(`# ACT+OT experiment report\n\n${section.text}\n`);
    expect(appended("\ufeff")).toBe(`\ufeff# ACT+OT experiment report\n\n${section.text}\n`);
  });

  it("writes nothing twice", () => {
    const once = append(bytes("# Old\r\n"));
    expect(appendSection({ existing: once, section, language: "en" })).toEqual({ kind: "unchanged" });
  });

  it("is not kept from writing by a marker that stands in a log line", () => {
    const forged = `# Old\n\n${sourceOf(codeBlock("text", [section.marker]))}\n`;
    expect(appendSection({ existing: bytes(forged), section, language: "en" }).kind).toBe("appended");
  });

  it("never changes a byte of what is there", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 200 }),
        fc.constantFrom("", "\n", "\r\n", "\n\n"),
        (text, end) => {
          fc.pre(!text.includes("\0"));
          const existing = bytes(text + end);
          const result = append(existing);
          expect(Buffer.from(result.subarray(0, existing.length)).equals(existing)).toBe(true);
          expect(appendSection({ existing: result, section, language: "zh" }).kind).toBe("unchanged");
        },
      ),
    );
  });

  it.each([
    ["GBK", Uint8Array.of(0xd6, 0xca, 0xc1, 0xbf, 0x0a)],
    ["UTF-16", Uint8Array.of(0xff, 0xfe, 0x23, 0x00)],
  ])("refuses a report in %s", (_encoding, existing) => {
    expect(() => append(existing)).toThrow(/not a UTF-8 text.*Convert the file/);
  });
});

describe("detectLanguage", () => {
  it("follows the report", () => {
    expect(detectLanguage(bytes("# ACT-OT 三实验对比与后续计划\n- train/ot_loss: first=0.1960\n"))).toBe(
      "zh",
    );
    expect(detectLanguage(bytes("# Report\nThe mass is low in every run of this week.\n"))).toBe("en");
    expect(detectLanguage(bytes("#\n"))).toBeNull();
    expect(detectLanguage(null)).toBeNull();
  });
});

const data = process.env["AUTOLOOP_REAL_DATA"];
describe.skipIf(!data)("on the users' reports (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  const folder = join(data ?? "", "reports");
  const reports = data ? readdirSync(folder).filter((name) => name.startsWith("act_ot")) : [];
  const real = renderAnalysisSection({
    analysis: analysis(),
    topic: "first look",
    date: "2026-01-05",
    fingerprint: "sha256:00",
    voice: sampleVoice("zh"),
  });

  it("has reports to look at", () => {
    expect(reports.length).toBeGreaterThan(0);
  });

  it.each(reports)("appends to %s once, behind every byte of it", (name) => {
    const existing = readFileSync(join(folder, name));
    expect(detectLanguage(existing)).toBe("zh");
    const result = append(existing, real);
    expect(Buffer.from(result.subarray(0, existing.length)).equals(existing)).toBe(true);
    expect(Buffer.from(result.subarray(existing.length)).toString("utf8")).toBe(`\n${real.text}\n`);
    expect(appendSection({ existing: result, section: real, language: "zh" })).toEqual({ kind: "unchanged" });
  });
});
