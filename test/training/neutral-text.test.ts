import { fc, it } from "@fast-check/vitest";
import { describe, expect, it as test } from "vitest";
import { neutralLine, plainLine, secretRemover } from "../../src/training/neutral-text.ts";

describe("neutralLine", () => {
  test.each([
    ["::set-output name=x::y", ": :set-output name=x::y"],
    ["  ::error::boo", "  : :error::boo"],
    ["text ##[group]x", "text ## [group]x"],
    ["\u001b[31m::add-mask::x\u001b[0m", ": :add-mask::x"],
    ["std::vector and a::b", "std::vector and a::b"],
  ])("%j becomes %j", (line, neutral) => {
    expect(neutralLine(line)).toBe(neutral);
  });

  const hostile = fc.string({
    unit: fc.constantFrom(
      ":",
      "#",
      "[",
      " ",
      "\t",
      "\u001b",
      "[0m",
      "\u0085",
      "\ufeff",
      "a",
      "\u2028",
      "\u00a0",
    ),
  });

  it.prop([hostile])("is never a workflow command", (line) => {
    // What the runner strips before it looks: white space as .NET knows it.
    expect(neutralLine(line).replace(/^[\s\u0085]+/, "")).not.toMatch(/^::/);
    expect(neutralLine(line)).not.toContain("##[");
  });

  it.prop([fc.string({ unit: "grapheme" }).filter((line) => !/^\s*::|##\[/.test(line))])(
    "is otherwise only freed of terminal control",
    (line) => {
      expect(neutralLine(line)).toBe(plainLine(line));
    },
  );
});

describe("secretRemover", () => {
  test("removes the values of secret variables, the longer one first", () => {
    const clean = secretRemover({
      WANDB_API_KEY: "0123456789",
      MY_TOKEN: "0123456789abcdef",
      SHORT_KEY: "on",
      PATH: "/usr/local/bin",
    });
    expect(clean("key 0123456789, token 0123456789abcdef, on /usr/local/bin")).toBe(
      "key ***, token ***, on /usr/local/bin",
    );
  });

  it.prop([fc.stringMatching(/^[!-~]{8,60}$/), fc.constantFrom("", "x-access-token:", "api:")])(
    "removes them as headers and addresses hold them, too",
    (secret, user) => {
      const clean = secretRemover({ A_TOKEN: secret });
      const header = Buffer.from(`${user}${secret}`).toString("base64");
      for (const form of [secret, header, encodeURIComponent(secret)])
        expect(clean(form)).not.toContain(form);
    },
  );
});
