import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bareLink,
  code,
  codeBlock,
  escapeText,
  isMarkdown,
  joinMarkdown,
  link,
  marker,
  md,
  ownLink,
  sourceOf,
  table,
} from "../../src/report/escape.ts";
import { dangers, hostile } from "./samples.ts";

describe("escapeText", () => {
  it.each([
    ["act_fr3_ot_99_20", "act_fr3_ot_99_20"],
    ["_hidden_ *bold*", "\\_hidden\\_ \\*bold\\*"],
    ["ask @octocat", "ask @&#8203;octocat"],
    ["fixes #12 and o/r#3", "fixes #&#8203;12 and o/r#&#8203;3"],
    ["GH-12", "GH&#8203;-12"],
    ["high-5", "high-5"],
    ["https://github.com/o/r/issues/1", "https:&#8203;//github.com/o/r/issues/1"],
    ["www.example.com", "www&#8203;.example.com"],
    ["<!-- autoloop:analysis -->", "&lt;!-- autoloop:analysis --&gt;"],
    ["a|b", "a&#124;b"],
    ["'quoted'", "&#39;quoted&#39;"],
    ['it\'s "5" & `6`', "it's &quot;5&quot; &amp; \\`6\\`"],
    ["first\r\nsecond", "first second"],
    ["\u001b[31mred\u001b[0m\u202e\u200b", "red"],
    ["- item", "\\- item"],
    ["1. item", "1\\. item"],
    ["2.6e-85", "2.6e-85"],
    ["---", "\\---"],
    ["质量过低", "质量过低"],
  ])("writes %j as %j", (text, source) => {
    expect(escapeText(text)).toBe(source);
  });

  it("cuts what is too long at a character, not inside of one", () => {
    expect(escapeText("质".repeat(10), 4)).toBe("质质质…");
  });

  it("leaves nothing active in any text", () => {
    fc.assert(
      fc.property(hostile(), (text) => {
        const source = escapeText(text);
        expect(dangers(source)).toEqual([]);
        expect(source).not.toMatch(/[\n|<>"]/);
        expect(source).not.toMatch(/(?<!\\)(?:\\\\)*[`*[\]~]/);
      }),
      { numRuns: 500 },
    );
  });
});

describe("md", () => {
  it("escapes its values and keeps its own words", () => {
    expect(sourceOf(md`**${"a*b"}** of ${3} ${md`_runs_`}`)).toBe("**a\\*b** of 3 _runs_");
  });

  it("does not take a foreign object for Markdown", () => {
    expect(isMarkdown(JSON.parse('{"markdown": "<b>"}'))).toBe(false);
  });

  it("escapes list marks only where a list could begin", () => {
    expect(sourceOf(md`- ${"- x"} and ${"- y"}`)).toBe("- \\- x and - y");
  });
});

describe("code", () => {
  it.each([
    ["train/ot_pi_sum", "`train/ot_pi_sum`"],
    ["@you #1", "`@you #1`"],
    ["a`b", "<code>a\\`b</code>"],
    ["a\\|b", "<code>a\\\\&#124;b</code>"],
    ["<!-- x -->", "<code>&lt;!-- x --&gt;</code>"],
    ["", "–"],
  ])("writes %j as %j", (text, source) => {
    expect(sourceOf(code(text))).toBe(source);
  });

  it("is always one code span or one code element", () => {
    fc.assert(
      fc.property(hostile(), (text) => {
        expect(sourceOf(code(text))).toMatch(/^(?:–|`[^`|<\n]+`|<code>[^<>|\n]*<\/code>)$/);
      }),
      { numRuns: 300 },
    );
  });
});

describe("codeBlock", () => {
  it("is fenced longer than anything in it", () => {
    expect(sourceOf(codeBlock("text", ["``` a", "  b"]))).toBe("````text\n``` a\n  b\n````");
  });

  it("holds no marker, no control character and no line of its own making", () => {
    fc.assert(
      fc.property(fc.array(hostile(), { maxLength: 5 }), (lines) => {
        const source = sourceOf(codeBlock("diff", lines));
        expect(source.split("\n")).toHaveLength(lines.length + 2);
        expect(source).not.toContain("<!--");
        expect(source).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u);
        const [open = "", ...rest] = source.split("\n");
        const fence = /^`+/.exec(open)?.[0] ?? "";
        expect(rest.slice(0, -1).some((line) => line.trim().startsWith(fence))).toBe(false);
      }),
    );
  });
});

describe("link", () => {
  it("links a run", () => {
    expect(sourceOf(link("a1", "https://wandb.ai/e/p/runs/a1"))).toBe("[a1](https://wandb.ai/e/p/runs/a1)");
    expect(sourceOf(bareLink("https://wandb.ai/e/p/runs/a1"))).toBe("<https://wandb.ai/e/p/runs/a1>");
  });

  it.each([
    "javascript:alert(1)",
    "https://wandb.ai@evil.example/",
    "https://github.com/o/r/issues/1",
    "https://github.com/o/r/pull/1",
    "not an address",
  ])("does not link %s", (address) => {
    expect(sourceOf(link("a1", address))).toBe("a1");
    expect(sourceOf(bareLink(address))).toMatch(/^`.*`$/);
  });

  it("links a pull request of ours where that is meant", () => {
    expect(sourceOf(ownLink("PR", "https://github.com/o/r/pull/1"))).toBe(
      "[PR](https://github.com/o/r/pull/1)",
    );
  });

  it("cannot be left through the address", () => {
    fc.assert(
      fc.property(hostile(), hostile(), (label, tail) => {
        const source = sourceOf(link(label, `https://wandb.ai/${tail}`));
        expect(source.replace(/\]\(https:\/\/[^\s()<>|@`]*\)$/, "")).not.toMatch(/:\/\/|(?<!\\)\]/);
      }),
      { numRuns: 300 },
    );
  });
});

describe("table", () => {
  it("aligns cells, also Chinese ones", () => {
    const columns = [
      { title: "指标", align: "left" },
      { title: "last", align: "right" },
    ] as const;
    expect(
      sourceOf(
        table(columns, [
          [code("train/loss"), "0.5"],
          ["质量", "-1"],
        ]),
      ),
    ).toBe(
      [
        "| 指标         | last |",
        "| :----------- | ---: |",
        "| `train/loss` |  0.5 |",
        "| 质量         |   -1 |",
      ].join("\n"),
    );
  });

  it("keeps its cells whatever is in them", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(hostile(), hostile()), { minLength: 1, maxLength: 4 }), (rows) => {
        const columns = [
          { title: "a", align: "left" },
          { title: "b", align: "left" },
        ] as const;
        const lines = sourceOf(
          table(
            columns,
            rows.map(([a, b]) => [a, code(b)]),
          ),
        ).split("\n");
        expect(lines).toHaveLength(rows.length + 2);
        for (const line of lines) expect(line.match(/\|/g)).toHaveLength(3);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a cell that is Markdown already", () => {
  it("cannot leave its cell either", () => {
    const columns = [{ title: md`a|b`, align: "left" }] as const;
    const lines = sourceOf(table(columns, [[md`c|d\n| e`]])).split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.match(/\|/g)).toHaveLength(2);
  });
});

describe("marker", () => {
  it("is a comment that nothing can close early", () => {
    expect(sourceOf(marker("round", "0007", "sha256:ab--> <b>"))).toBe(
      "<!-- autoloop:round 0007 sha256:abb -->",
    );
    expect(sourceOf(joinMarkdown([marker("status")], ""))).toBe("<!-- autoloop:status -->");
  });
});
