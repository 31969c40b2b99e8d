import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { pendingSections } from "../../src/report/pending.ts";

const line = fc.stringMatching(/^[a-z]{0,6}$/);
const text = fc.array(line, { maxLength: 6 }).map((lines) => lines.map((each) => `${each}\n`).join(""));

describe("pendingSections", () => {
  it("are nothing where the copy is not ahead", () => {
    expect(pendingSections("a\nb\n", "a\nb\n")).toBe("");
    expect(pendingSections("a\nb\nc\n", "a\nb\n")).toBe("");
  });

  it("are whole lines, also where the report went on otherwise", () => {
    expect(pendingSections("a\n\nnew\n", "a\n\nnext\n")).toBe("next\n");
    expect(pendingSections("", "# Report\n")).toBe("# Report\n");
  });

  it("of a report that was not touched are what the copy adds to it", () => {
    fc.assert(
      fc.property(text, text, (report, added) => {
        expect(report + pendingSections(report, report + added)).toBe(report + added);
      }),
    );
  });
});
