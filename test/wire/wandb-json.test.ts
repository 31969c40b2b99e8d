import { describe, expect, it } from "vitest";
import { unwrapConfig, wandbJson } from "../../src/wire/wandb-json.ts";
import { loggedNumber } from "../../src/wire/wandb-numbers.ts";
import { pointsOfRows } from "../../src/wire/wandb-rows.ts";

describe("wandbJson", () => {
  it("reads bare NaN tokens and raw control characters, and nothing else that is no JSON", () => {
    expect(wandbJson('{"a": NaN, "b": "NaN", "c": "x\ty\u0001"}')).toEqual({
      a: Number.NaN,
      b: "NaN",
      c: "x y ",
    });
    expect(wandbJson("{")).toBeUndefined();
  });
});

describe("unwrapConfig", () => {
  it("takes off W&B's wrappers and bookkeeping, and leaves a value of the trainer's own alone", () => {
    const config = {
      lr: { value: 0.001, desc: null },
      ot: { value: { reg: { value: 1 } } },
      own: { value: 1, other: 2 },
      plain: 3,
      _wandb: { value: {} },
      wandb_version: 1,
    };
    expect(unwrapConfig(config)).toEqual({
      lr: 0.001,
      ot: { reg: { value: 1 } },
      own: { value: 1, other: 2 },
      plain: 3,
    });
  });
});

describe("loggedNumber", () => {
  it("takes numbers and W&B's three words", () => {
    expect([1, "NaN", "-Infinity", "1", null, true, undefined].map(loggedNumber)).toEqual([
      1,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("pointsOfRows", () => {
  it("makes columns of rows; holes are holes, and what is no number is counted", () => {
    const rows = [{ _step: 1, a: 1 }, { _step: 2, a: "NaN", b: null }, { a: 3 }];
    expect(pointsOfRows(rows, ["a", "b", "c"])).toEqual({
      points: [{ key: "a", steps: [1, 2], values: [1, Number.NaN] }],
      notNumbers: 2,
    });
  });
});
