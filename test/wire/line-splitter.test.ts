import { fc, it } from "@fast-check/vitest";
import { describe, expect, it as test } from "vitest";
import { lineSplitter } from "../../src/wire/line-splitter.ts";

function split(chunks: readonly string[], maxLength?: number): string[] {
  const lines = lineSplitter(maxLength);
  return [...chunks.flatMap((chunk) => lines.push(chunk)), ...lines.rest()];
}

describe("lineSplitter", () => {
  test("holds back a line until its end has come", () => {
    const lines = lineSplitter();
    expect(lines.push("one\ntw")).toEqual(["one"]);
    expect(lines.push("o\r\nthree")).toEqual(["two"]);
    expect(lines.rest()).toEqual(["three"]);
    expect(lines.rest()).toEqual([]);
  });

  test("takes every redraw of a progress bar as a line", () => {
    expect(split(["10%\r20%\r", "30%\n"])).toEqual(["10%", "20%", "30%"]);
  });

  test("cuts a line that never ends and finds the next one", () => {
    expect(split(["abc", "def", "ghi\nnext\n"], 4)).toEqual(["abcd", "next"]);
  });

  it.prop([fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\n", "\r") }))])(
    "gives the same lines however the text is cut",
    (chunks) => {
      expect(split(chunks)).toEqual(
        chunks
          .join("")
          .split(/[\r\n]+/)
          .filter((line) => line !== ""),
      );
    },
  );
});
