import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { en } from "../../src/judgement/texts/en.ts";
import { zh } from "../../src/judgement/texts/zh.ts";
import { part, say, sayNumber, text } from "../../src/judgement/texts.ts";

const placeholders = (sentence: string) =>
  [...sentence.matchAll(/\{(\w+(?::\w+)?)\}/g)].map(([, name]) => name).sort();

describe("the catalogue", () => {
  it("says everything in both languages", () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(Object.keys(en) as (keyof typeof en)[])("%s: both languages mention the same values", (key) => {
    // A language may repeat a value, not leave one out or invent one.
    expect([...new Set(placeholders(zh[key]))]).toEqual([...new Set(placeholders(en[key]))]);
    expect(zh[key]).not.toBe(en[key]);
  });

  it("has every sentence that judgement uses, and no other", () => {
    const sources = readdirSync("src/judgement", { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.startsWith("texts"))
      .map((name) => readFileSync(join("src/judgement", name), "utf8"))
      .join("\n");
    const used = [...sources.matchAll(/(?<![.\w])(?:text|part)\(\s*"([^"]+)"/g)].map(([, key]) => key ?? "");
    expect(used.filter((key) => !(key in en))).toEqual([]);
    for (const key of Object.keys(en)) {
      const code = key.replace(/^finding\./, "");
      expect(
        sources.includes(`"${key}"`) || sources.includes(`"${code}"`) || composed(key, sources),
        key,
      ).toBe(true);
    }
  });
});

/** Keys that are put together: `finding.${code}.${band}`, `proposal.${kind}`, `plan.${why}`. */
function composed(key: string, sources: string): boolean {
  const [family, ...rest] = key.split(".");
  return (
    ["mass-unassigned", "proposal", "plan", "kind"].includes(
      rest.length > 1 ? (rest[0] ?? "") : (family ?? ""),
    ) && sources.includes(rest.at(-1) ?? "")
  );
}

describe("say", () => {
  it("puts values in, shares as percent, sentences inside sentences", () => {
    const window = part("window.steps", { from_step: 550, to_step: 2000, points: 30 });
    const sentence = text("finding.off-diagonal", { off_diagonal: 0.254, window });
    expect(say(sentence, "en")).toBe(
      "25.4 % of the mass lies off the diagonal over steps 550–2000 (30 readings): pairs are matched across time.",
    );
    expect(say(sentence, "zh")).toContain("第 550–2000 步");
  });

  it.each([
    [-0.0499, "+4.99 %"],
    [0.0123, "-1.23 %"],
    [0, "0 %"],
  ])("shows a fall of %f as a change of %s", (fall, said) => {
    const rules = ["rule.bc-learning-rate.up", "rule.bc-learning-rate.down", "rule.bc-learning-rate.advice"];
    for (const key of [...rules, "rule.bc-batch-size", "rule.plan-plateau.rate", "finding.l1-slow"])
      for (const language of ["en", "zh"] as const)
        expect(say(text(key, { fall }), language)).toContain(said);
  });

  it("shows a key of another version as it is", () => {
    expect(say(text("rule.of-tomorrow", { a: 1 }), "en")).toBe('rule.of-tomorrow {"a":1}');
  });

  it("shows what is undefined as a dash, and foreign text unchanged", () => {
    expect(say(text("finding.no-history", { state: null }), "en")).toContain("(state –)");
    expect(say(text("finding.no-history", { state: "$& {x}" }), "en")).toContain("(state $& {x})");
  });
});

describe("sayNumber", () => {
  it.each([
    [0, "0"],
    [0.123456, "0.123"],
    [1328.365, "1328"],
    [2000, "2000"],
    [1.4e-8, "1.4e-8"],
    [1e-5, "1.0e-5"],
    [2.7e-85, "2.7e-85"],
    [12856344482, "1.3e10"],
    [-0.0034, "-0.0034"],
  ])("%f is %s", (value, said) => {
    expect(sayNumber(value)).toBe(said);
  });
});
