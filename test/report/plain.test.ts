import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commitSubject, plainLine, slug } from "../../src/report/plain.ts";
import { hostile } from "./samples.ts";

describe("plainLine", () => {
  it("is one line without control characters", () => {
    expect(plainLine("a\n\u001b[2Jb\u0007\u202ec")).toBe("a bc");
  });

  it("is no command for the Actions runner", () => {
    fc.assert(
      fc.property(hostile(), (text) => {
        const line = plainLine(text);
        expect(line).not.toMatch(/^\s*::|##\[/);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
      { numRuns: 300 },
    );
  });
});

describe("commitSubject", () => {
  it("is a fixed sentence and a slug", () => {
    expect(commitSubject("report", "Round 0007: Lift the mass")).toBe(
      "autoloop: report round-0007-lift-the-mass",
    );
    expect(commitSubject("propose", "质量")).toBe("autoloop: propose untitled");
  });

  it("cannot skip a workflow or end in a trailer", () => {
    fc.assert(
      fc.property(hostile(), (text) => {
        const subject = commitSubject("merge", text);
        expect(subject).toMatch(/^autoloop: merge [a-z0-9][a-z0-9.-]*$/);
        expect(subject).not.toMatch(/\[|\]|\n|skip-checks:/);
      }),
      { numRuns: 300 },
    );
  });
});

describe("slug", () => {
  it("is a safe name of a file", () => {
    fc.assert(
      fc.property(hostile(), (text) => {
        const name = slug(text, 20);
        expect(name).toMatch(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/);
        expect(name).not.toContain("..");
        expect(name.length).toBeLessThanOrEqual(20);
      }),
      { numRuns: 300 },
    );
  });
});
