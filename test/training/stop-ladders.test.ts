import { expect, it } from "vitest";
import { STOP_LADDERS } from "../../src/training/stop.ts";

/** GitHub: SIGINT, after 7.5 s SIGTERM, 2.5 s later the end of everything (github facts 7). */
it("a cancelled job's trainers are gone a second before the runner's SIGTERM", () => {
  const total = STOP_LADDERS.urgent.reduce((sum, { graceMs }) => sum + graceMs, 0);
  expect(total).toBeLessThanOrEqual(6_500);
  expect(STOP_LADDERS.urgent.map(({ signal }) => signal)).toEqual(["SIGINT", "SIGTERM", "SIGKILL"]);
});

it("a trainer has the three seconds that it needs to write its W&B file, and more where nobody hurries", () => {
  expect(STOP_LADDERS.urgent[0]?.graceMs).toBeGreaterThanOrEqual(4_000);
  expect(STOP_LADDERS.gentle[0]?.graceMs).toBeGreaterThanOrEqual(20_000);
});
