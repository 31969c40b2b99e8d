import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grid } from "../../src/report/grid.ts";
import { displayWidth, padded, shortened, wrapped } from "../../src/report/width.ts";

const word = fc.string({
  unit: fc.constantFrom("a", "b", "é", "质", "量", "，"),
  minLength: 1,
  maxLength: 12,
});

describe("displayWidth", () => {
  it.each([
    ["abc", 3],
    ["质量", 4],
    ["e\u0301", 1],
    ["…→–", 3],
    ["", 0],
  ])("of %j is %d", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe("shortened", () => {
  it("fits, and ends in an ellipsis only when something is missing", () => {
    fc.assert(
      fc.property(word, fc.integer({ min: 2, max: 20 }), (text, width) => {
        const shown = shortened(text, width);
        expect(displayWidth(shown)).toBeLessThanOrEqual(width);
        expect(shown.endsWith("…")).toBe(displayWidth(text) > width);
        expect(displayWidth(padded(shown, width, "right"))).toBe(width);
      }),
    );
  });
});

describe("wrapped", () => {
  it("loses nothing and stays within the width", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        const lines = wrapped(words.join(" "), 30);
        expect(lines.join("").replaceAll(" ", "")).toBe(words.join(""));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(30);
      }),
    );
  });

  it("does not begin a line with a Chinese comma", () => {
    expect(wrapped("质量过低，温度过低", 8)).toEqual(["质量过", "低，温度", "过低"]);
  });
});

describe("grid", () => {
  it("shortens the first column when the screen is narrow", () => {
    const columns = [
      { title: "run", align: "left" },
      { title: "l1", align: "right" },
    ] as const;
    expect(
      grid(
        columns,
        [
          ["a_long_name_of_a_run", "0.3"],
          ["b", "12"],
        ],
        { width: 16 },
      ),
    ).toEqual(["run           l1", "a_long_nam…  0.3", "b             12"]);
  });
});
