import { fc, it } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { LedgerEvent } from "../../src/rounds/events.ts";
import { isPlainEvent } from "../../src/rounds/plain-event.ts";

const ABOUT = { at: "2026-01-05T20:00:00.000Z", round: "0001" };
const OUTCOME = {
  ...{ ...ABOUT, key: "finished:0001a-s42:1", event: "finished", trial: "0001a-s42", attempt: 1 },
  ...{ run_id: "a1", reason: null, exit: 0, signal: null, steps: 200, device_seconds: 1.5 },
  ...{ device: "cpu", eval_l1: 0.2 },
};
const CLAIM = { id: "0001a-s42", attempt: 2, run_id: "a2", steps: 400, resume: { attempt: 1, run_id: "a1" } };
const DISPATCH = { ...ABOUT, key: "dispatched:1", event: "dispatched", dispatch: "1", trials: [CLAIM] };

const names = ["invalid", "stopped", "failed", "interrupted", "paused", "nonsense"];
const value = fc.oneof(
  fc.json().map((text): unknown => JSON.parse(text)),
  fc.constantFrom<unknown>(
    -1,
    -0,
    0,
    1,
    0.5,
    2 ** 53,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    "",
    "0001",
    "00011",
    null,
    undefined,
  ),
  fc.constantFrom<unknown>("2026-02-30T00:00:00Z", "2024-02-29T00:00:00Z", "2026-01-05T20:00:00+01:00"),
  fc.constantFrom<unknown>(...names, [], [CLAIM], [CLAIM, {}], { attempt: 1, run_id: "a1", more: 1 }),
);
const field = fc.oneof(
  fc.constantFrom(...Object.keys({ ...OUTCOME, ...DISPATCH, ...CLAIM })),
  fc.constantFrom("__proto__", "constructor", "more"),
);

/** One field another one, or gone, of an event or of its claim. */
const changed = fc
  .record({
    of: fc.constantFrom<object>(OUTCOME, DISPATCH),
    field,
    value,
    inside: fc.boolean(),
    gone: fc.boolean(),
  })
  .map(({ of, field: name, value: to, inside, gone }) => {
    const change = (whole: object) =>
      Object.fromEntries([
        ...Object.entries(whole).filter(([known]) => known !== name),
        ...(gone ? [] : [[name, to] as const]),
      ]);
    return inside && "trials" in of ? { ...of, trials: [CLAIM, change(CLAIM)] } : change(of);
  });

describe("an event that is taken as it is", () => {
  it.each([OUTCOME, { ...OUTCOME, event: "failed", reason: "exit", steps: null, device: null }, DISPATCH])(
    "is one as the program writes it",
    (event) => expect(isPlainEvent(event)).toBe(true),
  );

  it.prop([changed], { numRuns: 2000 })("is what the schema makes of it", (event) => {
    if (!isPlainEvent(event)) return;
    const parsed = LedgerEvent.safeParse(event);
    expect(parsed.success, JSON.stringify(event)).toBe(true);
    expect(parsed.data).toEqual(event);
  });
});
