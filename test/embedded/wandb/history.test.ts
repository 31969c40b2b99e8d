import { fc, it } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { historyKeys, tableOf } from "../../../src/embedded/wandb/history.ts";
import { parseNumbers, spellNumbers, writeNumbers } from "../../../src/embedded/wandb/number-json.ts";
import { type Random, sampled, seededRandom } from "../../../src/embedded/wandb/random.ts";
import type { Lines } from "../../../src/embedded/wandb/run.ts";
import { historyLines, sampledHistory as sampledText } from "../../../src/embedded/wandb/sampling.ts";

const lines = [
  '{"_step":0,"loss":1,"eval":9}',
  '{"loss":NaN,"_step":1}',
  '{"_step":2,"loss":-Infinity}',
  '{"_step":3,"loss":0.25,"eval":8,"note":"NaN, said \\"Infinity\\""}',
  '{"_step":4,"none":null,"nested":{"x":1,"deep":{"y":[1,NaN]}}}',
];
const random = seededRandom(7);
const spec = (value: object) => JSON.stringify(value);
const sampledHistory = (from: Lines, wanted: string, draw: Random): readonly object[] =>
  sampledText(from, wanted, draw).map((row) => JSON.parse(row));
const steps = (rows: readonly object[]) => rows.map((row) => Object(row)["_step"]);

describe("sampledHistory", () => {
  it("returns only rows that have all keys, and only the keys asked for", () => {
    expect(sampledHistory(lines, spec({ keys: ["_step", "loss", "eval"] }), random)).toEqual([
      { _step: 0, loss: 1, eval: 9 },
      { _step: 3, loss: 0.25, eval: 8 },
    ]);
    expect(sampledHistory(lines, spec({ keys: ["eval"] }), random)).toEqual([{ eval: 9 }, { eval: 8 }]);
    expect(sampledHistory(lines, spec({ keys: ["_step", "gone"] }), random)).toEqual([]);
  });

  it("spells numbers that JSON has not, nested ones too", () => {
    expect(sampledHistory(lines, spec({ keys: ["loss"] }), random)).toEqual([
      { loss: 1 },
      { loss: "NaN" },
      { loss: "-Infinity" },
      { loss: 0.25 },
    ]);
    expect(sampledHistory(lines, spec({ keys: ["nested.x", "nested.deep.y"] }), random)).toEqual([
      { "nested.x": 1, "nested.deep.y": [1, "NaN"] },
    ]);
  });

  it("takes a logged None for a row without the key", () => {
    expect(sampledHistory(lines, spec({ keys: ["none"] }), random)).toEqual([]);
  });

  it("reads both ends of the window as inclusive, and a key listed twice once", () => {
    const rows = sampledHistory(
      lines,
      spec({ keys: ["_step", "loss", "_step"], minStep: 1, maxStep: 3 }),
      random,
    );
    expect(steps(rows)).toEqual([1, 2, 3]);
  });

  it("keeps duplicated steps and gives a row without a step its line number", () => {
    const shared = ['{"_step":5,"a":1}', '{"_step":5,"a":2}', null, '{"a":3}'];
    expect(sampledHistory(shared, spec({ keys: ["_step", "a"] }), random)).toEqual([
      { _step: 5, a: 1 },
      { _step: 5, a: 2 },
      { _step: 3, a: 3 },
    ]);
  });

  const many = Array.from({ length: 40 }, (_, step) => `{"_step":${step},"a":1,"b":2,"c":3}`);

  it("is exact up to `samples` rows and thins out at random beyond", () => {
    const keys = ["_step", "a"];
    expect(sampledHistory(many, spec({ keys, samples: 40 }), random)).toHaveLength(40);
    const first = steps(sampledHistory(many, spec({ keys, samples: 10 }), random));
    const second = steps(sampledHistory(many, spec({ keys, samples: 10 }), random));
    expect(first).toHaveLength(10);
    expect(first).toEqual(first.toSorted((a, b) => Number(a) - Number(b)));
    expect(second).not.toEqual(first);
  });

  it("gives 500 rows when nobody says how many", () => {
    const long = Array.from({ length: 700 }, (_, step) => `{"_step":${step}}`);
    expect(sampledHistory(long, spec({ keys: ["_step"] }), random)).toHaveLength(500);
    expect(historyLines(long, {}, random)).toHaveLength(500);
  });

  it("orders the keys of a row at will", () => {
    const orders = sampledHistory(many, spec({ keys: ["_step", "a", "b", "c"] }), random).map((row) =>
      Object.keys(row).join(),
    );
    expect(new Set(orders).size).toBeGreaterThan(1);
  });

  it("is the same again for the same seed", () => {
    const read = () =>
      JSON.stringify(sampledHistory(many, spec({ keys: ["_step", "a"], samples: 5 }), seededRandom(3)));
    expect(read()).toBe(read());
  });
});

describe("historyLines", () => {
  it("reads the end of the window as exclusive and writes bare tokens", () => {
    const found = historyLines(lines, { minStep: 1, maxStep: 3, samples: 2 }, random);
    expect(found).toEqual(['{"loss":NaN,"_step":1}', '{"_step":2,"loss":-Infinity}']);
  });

  it("flattens nested dicts", () => {
    expect(historyLines(lines, { minStep: 4 }, random)).toEqual([
      '{"_step":4,"none":null,"nested.x":1,"nested.deep.y":[1,NaN]}',
    ]);
  });
});

describe("historyKeys", () => {
  it("counts per key and is null when nothing was logged", () => {
    expect(historyKeys([])).toBeNull();
    const keys = historyKeys(lines);
    expect(keys).toMatchObject({ lastStep: 4, sets: [] });
    expect(Object(keys)["keys"]["loss"]).toEqual({
      typeCounts: [{ type: "number", count: 4 }],
      monotonic: false,
      previousValue: 0.25,
    });
    expect(Object(keys)["keys"]["note"].typeCounts).toEqual([{ type: "string", count: 1 }]);
  });
});

describe("number JSON", () => {
  it("reads tokens outside strings only", () => {
    expect(parseNumbers(lines[3] ?? "")).toMatchObject({ note: 'NaN, said "Infinity"' });
    expect(parseNumbers('[NaN,-Infinity,Infinity,"-Infinity"]')).toEqual([
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      "-Infinity",
    ]);
  });

  it("lets raw control characters through", () => {
    expect(parseNumbers('{"a":"x\u0007y"}')).toEqual({ a: "x\u0007y" });
  });

  it("refuses what is no JSON either way", () => {
    expect(() => parseNumbers("{NaN")).toThrow(SyntaxError);
  });

  const value = fc.letrec((tie) => ({
    json: fc.oneof(
      fc.double({ noNaN: false }).filter((x) => !Object.is(x, -0)),
      fc.string(),
      fc.constantFrom("NaN", "Infinity", '"NaN"', "\\"),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("json"), { maxLength: 3 }),
    ),
  })).json;

  it.prop([value])("reads back what it writes", (written) => {
    expect(parseNumbers(writeNumbers(written))).toEqual(written);
  });

  it.prop([value])("spells without leaving anything that JSON would lose", (written) => {
    const spelled = spellNumbers(written);
    expect(JSON.parse(JSON.stringify(spelled))).toEqual(spelled);
  });
});

describe("sampled", () => {
  it.prop([fc.array(fc.integer()), fc.integer({ min: 1, max: 20 }), fc.integer()])(
    "keeps exactly the wanted number, in order",
    (items, size, seed) => {
      const kept = sampled([...items.entries()], size, seededRandom(seed));
      expect(kept).toHaveLength(Math.min(items.length, size));
      expect(kept).toEqual([...kept].sort(([a], [b]) => a - b));
    },
  );
});

describe("tableOf", () => {
  it("is built once per set of lines", () => {
    expect(tableOf(lines)).toBe(tableOf(lines));
  });
});
