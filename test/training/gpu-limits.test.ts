import { expect, it } from "vitest";
import { parseHours } from "../../src/rounds/hours.ts";
import { limitsAt } from "../../src/training/gpu-limits.ts";

it.each([
  ["2026-01-05T13:59:59Z", 2, 1],
  ["2026-01-05T14:00:00Z", 8, 0],
  ["2026-01-05T23:59:59Z", 8, 0],
  ["2026-01-06T00:00:00Z", 2, 1],
])("at %s Shanghai has %d trials at once and leaves %d GPUs free", (now, maxConcurrency, leaveFree) => {
  const hours = parseHours("22:00-08:00", "Asia/Shanghai");
  if (!hours) throw new Error("no hours");
  const limits = { maxConcurrency: 2, leaveFree: 1, night: { hours, maxConcurrency: 8, leaveFree: 0 } };
  expect(limitsAt(limits, Date.parse(now))).toMatchObject({ maxConcurrency, leaveFree });
});

it("is the same all day without a night", () => {
  expect(limitsAt({ maxConcurrency: 4, leaveFree: 1 }, 0)).toEqual({ maxConcurrency: 4, leaveFree: 1 });
});
