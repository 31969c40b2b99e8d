import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { FINDINGS } from "../src/judgement/finding-catalogue.ts";
import { ruleSet } from "../src/judgement/prescribe.ts";
import { sourceOf } from "../src/report/escape.ts";
import { renderReference } from "../src/report/reference.ts";
import { commandTable } from "../src/report/replies.ts";
import { voiceIn } from "../src/report/voice.ts";
import { COMMANDS } from "../src/rounds/comment-command.ts";

const README = resolve(import.meta.dirname, "../README.md");

/** Parts of the README that the code writes, by the name in their markers. */
const GENERATED = {
  commands: () => sourceOf(commandTable(voiceIn("en"))),
  reference: renderReference,
};

/** Before, between and after the markers. */
function parts(name: string): readonly [string, string, string] {
  const [before = "", rest = ""] = readFileSync(README, "utf8").split(`<!-- ${name}:begin -->`);
  const [between = "", after = ""] = rest.split(`<!-- ${name}:end -->`);
  return [before, between, after];
}

describe("the README", () => {
  it.each(Object.entries(GENERATED))("explains its %s as the code has them", (name, render) => {
    const [before, , after] = parts(name);
    const wanted = `\n\n${render()}\n\n`;
    if (process.env["UPDATE_README"] === "1") {
      const text = [before, `<!-- ${name}:begin -->`, wanted, `<!-- ${name}:end -->`, after].join("");
      writeFileSync(README, text);
    }
    expect(
      parts(name)[1],
      "README.md is behind the code: UPDATE_README=1 npx vitest run test/readme.test.ts",
    ).toBe(wanted);
  });

  it("names every finding, every rule and every command", () => {
    const [, reference] = parts("reference");
    const rules = [...ruleSet("calibrated"), ...ruleSet("plan")].map(({ id }) => id);
    for (const name of [...Object.keys(FINDINGS), ...rules]) expect(reference).toContain(`| \`${name}\` |`);
    for (const { usage } of Object.values(COMMANDS)) expect(parts("commands")[1]).toContain(`| \`${usage}\``);
  });
});
