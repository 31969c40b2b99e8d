import { it as prop } from "@fast-check/vitest";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AutoloopError } from "../../src/errors.ts";
import { isFloatLiteral, jsonOf, memberOf, parseJsonTree, treeOf } from "../../src/wire/json-literals.ts";
import { parseLenientJson } from "../../src/wire/lenient-json.ts";

function errorOf(text: string): AutoloopError {
  try {
    parseLenientJson(text);
  } catch (error) {
    if (error instanceof AutoloopError) return error;
    throw error;
  }
  throw new Error(`parsed: ${text}`);
}

describe("parseLenientJson", () => {
  it("reads Python's NaN and infinities as numbers, but not inside strings", () => {
    const text = '\ufeff{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN, \\"Infinity\\" and {", "NaN": 1}';
    expect(parseLenientJson(text)).toEqual({
      a: Number.NaN,
      b: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      c: 'NaN, "Infinity" and {',
      NaN: 1,
    });
  });

  it("says line and column of what is wrong", () => {
    expect(errorOf('{\r\n  "a": 1,\r\n  "b": oops\r\n}')).toMatchObject({
      code: "input.json",
      what: "Not JSON at line 3, column 8: this is no JSON value.",
    });
    expect(errorOf('{"a": 1,}').what).toContain("line 1, column 9");
    expect(errorOf("").what).toContain("line 1, column 1");
  });

  it.each([
    '{"a": 1NaN}',
    '{"a": NaN.5}',
    '{"a": --Infinity}',
    '{"a": nan}',
    '{"a": +Infinity}',
    "{a: 1}",
    '{"a": 1 // c\n}',
    '["\t"]',
    "[01]",
    "[.5]",
    "[1.]",
    "{} {}",
  ])("refuses %s as Python does", (text) => {
    expect(errorOf(text).code).toBe("input.json");
  });

  it("refuses hostile nesting instead of running out of stack", () => {
    expect(errorOf(`${"[".repeat(200_000)}NaN`).what).toContain("nested deeper");
  });

  it("keeps __proto__ a plain key", () => {
    expect(Object.keys(parseLenientJson('{"__proto__": NaN}') ?? {})).toEqual(["__proto__"]);
  });

  prop.prop([fc.jsonValue(), fc.constantFrom(undefined, 2, "\t")])(
    "agrees with JSON.parse on plain JSON, by either reader",
    (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(parseLenientJson(text)).toEqual(JSON.parse(text));
      expect(jsonOf(parseJsonTree(text))).toEqual(JSON.parse(text));
    },
  );
});

describe("parseJsonTree", () => {
  it("tells 12.0 and 2e3 from 12 and says where they stand", () => {
    const text = '\ufeff{"a": 12.0, "b": 2e3, "c": -12, "d": NaN}';
    const tree = parseJsonTree(text);
    const literals = ["a", "b", "c", "d"].map((key) => {
      const value = memberOf(tree, key)?.value;
      if (value?.kind !== "number") throw new Error(`${key} is no number`);
      expect(text.slice(value.offset, value.offset + value.length)).toBe(value.literal);
      return [value.literal, isFloatLiteral(value.literal)];
    });
    expect(literals).toEqual([
      ["12.0", true],
      ["2e3", true],
      ["-12", false],
      ["NaN", true],
    ]);
  });

  it("keeps duplicate keys and lets the last one count", () => {
    const tree = parseJsonTree('{"a": 1, "b": 2, "a": 3}');
    expect(tree.kind === "object" && tree.members.map((member) => member.key)).toEqual(["a", "b", "a"]);
    expect(jsonOf(tree)).toEqual({ a: 3, b: 2 });
    expect(memberOf(tree, "a")?.value).toMatchObject({ value: 3 });
  });

  prop.prop([fc.jsonValue()])("round-trips values that have no text", (value) => {
    const plain = JSON.parse(JSON.stringify(value));
    expect(jsonOf(treeOf(plain))).toEqual(plain);
  });
});
