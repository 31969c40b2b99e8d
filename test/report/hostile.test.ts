import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/json.ts";
import { code, codeBlock, md, sourceOf, table } from "../../src/report/escape.ts";
import { differences, diffLines } from "../../src/report/json-diff.ts";
import { bullets } from "../../src/report/markdown.ts";
import { activeText, brokenTables } from "./active-text.ts";
import { dangers, hostile } from "./samples.ts";

describe("what GitHub looks at", () => {
  it.each([
    ["`code` @a", " @a"],
    ["``a ` @b`` c", " c"],
    ["\\`@a\\`", "@a"],
    ["```text\n@a\n```\n#1", "\n#1"],
    ["````\n```\n@a\n```\n````", ""],
    ["  ```\n  @a\n  ```", ""],
    ["- one\n  - ```text\n    @a\n    ```", "- one\n"],
    ["a ` b", "a ` b"],
  ])("of %j is %j", (source, active) => {
    expect(activeText(source)).toBe(active);
  });

  it("is found where nothing was escaped", () => {
    for (const text of ["@octocat", "fixes #1", "GH-1", "<!-- x -->", "https://x.test", "a\u202eb"])
      expect(dangers(activeText(text))).not.toEqual([]);
    expect(brokenTables("| a | b |\n|---|---|\n| a |\n")).toHaveLength(1);
  });
});

describe("a whole document of foreign text", () => {
  const columns = [
    { title: "a", align: "left" },
    { title: "b", align: "left" },
  ] as const;

  it("does nothing and keeps its tables, wherever the text stands", () => {
    fc.assert(
      fc.property(hostile(), hostile(), (one, other) => {
        const source = [
          sourceOf(md`${one} is ${code(other)}, **${one}** and ${other}`),
          sourceOf(bullets([{ text: md`${one}`, below: [md`${other}`, codeBlock("text", [one, other])] }])),
          sourceOf(table(columns, [[one, code(other)]])),
          sourceOf(codeBlock("diff", [one, other])),
          sourceOf(md`${other}`),
        ].join("\n\n");
        expect(dangers(activeText(source))).toEqual([]);
        expect(brokenTables(source)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("shows differences of configurations in one block, whatever keys and values are", () => {
    const config = (): fc.Arbitrary<JsonObject> =>
      fc.dictionary(hostile(), fc.oneof(hostile(), fc.double(), fc.dictionary(hostile(), hostile())));
    fc.assert(
      fc.property(config(), config(), (from, to) => {
        const lines = diffLines(differences(from, to));
        const source = sourceOf(codeBlock("diff", lines));
        expect(activeText(source)).toBe("");
        expect(source.split("\n")).toHaveLength(lines.length + 2);
        expect(source).not.toContain("<!--");
      }),
      { numRuns: 200 },
    );
  });
});
