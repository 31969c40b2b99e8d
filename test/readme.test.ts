import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { FINDINGS } from "../src/judgement/finding-catalogue.ts";
import { ruleSet } from "../src/judgement/prescribe.ts";
import { renderReference } from "../src/report/reference.ts";

const README = resolve(import.meta.dirname, "../README.md");
const [BEGIN, END] = ["<!-- reference:begin -->", "<!-- reference:end -->"];

/** Before, between and after the markers. */
function parts(): readonly [string, string, string] {
  const [before = "", rest = ""] = readFileSync(README, "utf8").split(BEGIN);
  const [between = "", after = ""] = rest.split(END);
  return [before, between, after];
}

describe("the README", () => {
  it("explains findings and rules as the code has them", () => {
    const [before, , after] = parts();
    const wanted = `\n\n${renderReference()}\n\n`;
    if (process.env["UPDATE_README"] === "1") {
      writeFileSync(README, [before, BEGIN, wanted, END, after].join(""));
    }
    expect(
      parts()[1],
      "README.md is behind the code: UPDATE_README=1 npx vitest run test/readme.test.ts",
    ).toBe(wanted);
  });

  it("names every finding and every rule", () => {
    const [, between] = parts();
    const rules = [...ruleSet("calibrated"), ...ruleSet("plan")].map(({ id }) => id);
    for (const name of [...Object.keys(FINDINGS), ...rules]) expect(between).toContain(`| \`${name}\` |`);
  });
});
