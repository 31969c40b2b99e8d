import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  float,
  int,
  parseArgumentValue,
  parseLiteral,
  toJson,
  toPlain,
} from "../../../src/embedded/trainer/literal.ts";

describe("parseLiteral", () => {
  it("reads every JSON document as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(toPlain(parseLiteral(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ["12", int(12)],
    ["12.0", float(12)],
    ["2e3", float(2000)],
    ["NaN", float(Number.NaN)],
    ["-Infinity", float(Number.NEGATIVE_INFINITY)],
  ])("knows how %s was written", (text, expected) => {
    expect(parseLiteral(text)).toEqual(expected);
  });

  it.each([["{"], ["[1,]"], ['{"a" 1}'], ["{'a': 1}"], ["1 2"], [""], ['"a']])("refuses %s", (text) => {
    expect(() => parseLiteral(text)).toThrow(/line \d+ column \d+ \(char \d+\)/);
  });
});

describe("toJson", () => {
  it("keeps what Python keeps: 20.0, 1e-05, NaN", () => {
    const text = '{"steps":20,"lr":1e-05,"kl":20.0,"loss":NaN,"tags":[],"more":{}}';
    expect(toJson(parseLiteral(text), 0)).toBe(text);
  });
});

describe("parseArgumentValue", () => {
  it.each([
    ["null", null],
    ["true", true],
    ["True", "True"],
    ["outputs/a-b", "outputs/a-b"],
    ["1e234567", float(Number.POSITIVE_INFINITY)],
  ])("takes %s for what Python's JSON makes of it", (text, expected) => {
    expect(parseArgumentValue(text)).toEqual(expected);
  });
});
