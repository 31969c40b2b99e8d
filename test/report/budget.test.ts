import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BODY_LIMITS, fitParts, fits, type Part } from "../../src/report/budget.ts";

const notice = (names: readonly string[]) => `left out: ${names.join(", ")}`;
const part = (name: string, length: number, spare: number): Part => ({
  name,
  text: name.repeat(length),
  spare,
});

describe("fitParts", () => {
  it("changes nothing when there is room", () => {
    const parts = [part("a", 3, 0), part("b", 3, 1)];
    expect(fitParts({ parts, limits: BODY_LIMITS, notice })).toEqual({ text: "aaa\n\nbbb", dropped: [] });
  });

  it("drops what can best be spared first, the last of it before the first of it", () => {
    const parts = [part("a", 10, 0), part("b", 30, 2), part("c", 30, 1), part("d", 30, 2), part("e", 10, 0)];
    const fitted = (units: number) => fitParts({ parts, limits: { units, bytes: 1000 }, notice }).dropped;
    expect(fitted(120)).toEqual([]);
    expect(fitted(110)).toEqual(["d"]);
    expect(fitted(80)).toEqual(["b", "d"]);
    expect(fitted(50)).toEqual(["b", "c", "d"]);
  });

  it("says what is missing", () => {
    const parts = [part("a", 3, 0), part("b", 100, 1)];
    expect(fitParts({ parts, limits: { units: 50, bytes: 50 }, notice }).text).toBe("aaa\n\nleft out: b");
  });

  it("counts UTF-8 bytes as well as UTF-16 units", () => {
    const parts = [part("a", 3, 0), part("质", 30, 1)];
    expect(fitParts({ parts, limits: { units: 60, bytes: 60 }, notice }).dropped).toEqual(["质"]);
    expect(fits("质".repeat(21_000), BODY_LIMITS)).toBe(true);
    expect(fits("质".repeat(22_000), BODY_LIMITS)).toBe(false);
  });

  it("stays within the limits and never cuts a part", () => {
    const parts = fc.array(fc.tuple(fc.nat(400), fc.nat(4)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(parts, fc.integer({ min: 400, max: 3000 }), (sizes, bytes) => {
        const limits = { units: 1500, bytes };
        const all = sizes.map(([size, spare], index) => ({
          name: `p${index}`,
          text: `<${"质".repeat(index === 0 ? 1 : size)}>`,
          spare,
        }));
        const { text, dropped } = fitParts({ parts: all, limits, notice });
        expect(fits(text, limits)).toBe(true);
        const kept = all.filter(({ name }) => !dropped.includes(name)).map((each) => each.text);
        expect(text.startsWith(kept.join("\n\n"))).toBe(true);
        expect(text.length - kept.join("\n\n").length > 0).toBe(dropped.length > 0);
      }),
    );
  });
});
