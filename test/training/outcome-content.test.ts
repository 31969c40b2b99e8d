import { fc, it } from "@fast-check/vitest";
import { describe, expect, it as test } from "vitest";
import { Outcome } from "../../src/rounds/outcome.ts";
import { digestBuilder } from "../../src/training/digest.ts";
import { composeOutcome, fitOutcome } from "../../src/training/outcome-content.ts";
import type { LoggedCurve } from "../../src/wire/trainer-curves.ts";
import type { TrainerEvent } from "../../src/wire/trainer-log.ts";

function compose(
  events: readonly TrainerEvent[],
  tail: readonly string[] = [],
  written: Readonly<Record<string, LoggedCurve>> = {},
): Outcome {
  const digest = digestBuilder();
  for (const event of events) digest.add(event);
  return composeOutcome({
    facts: {
      round: "0001",
      dispatch: "0001-aa",
      trial: "0001a-s42",
      attempt: 1,
      run_id: "a1",
      resumed: null,
      started: "2026-01-02T03:04:05.000Z",
    },
    judgement: { outcome: "failed", reason: "exit", evidence: { exit: 1, line: "key 0123456789" } },
    exit: 1,
    signal: null,
    ended: "2026-01-02T03:05:05.500Z",
    device: "cpu",
    digest: digest.read(),
    tail,
    written,
    prior: {},
    conditions: {
      fork_commit: null,
      fork_dirty: null,
      pair_data: null,
      eval_freq: 100,
      batch_size: 8,
      num_workers: 4,
    },
    clean: (text) => text.replaceAll("0123456789", "***"),
  });
}

const steps = (count: number, loss = (n: number) => 1 / n): TrainerEvent[] =>
  Array.from({ length: count }, (_, index) => {
    const step = index + 1;
    return { kind: "step", step, loss: loss(step), gradNorm: 10 / 3, lr: 1e-5 };
  });

describe("composeOutcome", () => {
  test("keeps that the solver warned, which it does once and on stderr only", () => {
    const line = "/env/ot/unbalanced.py:1: UserWarning: Numerical errors at iteration 0";
    const warned: TrainerEvent = { kind: "sentinel", sentinel: "numerical-errors", afterStep: 1, line };
    expect(compose([...steps(2), warned]).evidence["solver_warned"]).toBe(true);
    expect(compose(steps(2)).evidence).not.toHaveProperty("solver_warned");
  });

  test("completes the log's curves by those that were written beside it, which hold more", () => {
    const mass = { steps: [1, 2], values: [0.5, Number.NaN] };
    const { curves } = compose(steps(2), [], {
      "train/ot_pi_sum": mass,
      "train/lr": { steps: [1], values: [3e-5] },
    });
    expect(curves["train/ot_pi_sum"]).toEqual({ steps: [1, 2], values: [0.5, "NaN"] });
    expect(curves["train/lr"]).toEqual({ steps: [1], values: [3e-5] });
    expect(curves["train/loss"]?.values).toEqual([1, 0.5]);
  });

  test("writes non-finite values as tokens and leaves out curves without points", () => {
    const values = [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const outcome = compose(steps(4, (n) => values[n - 1] ?? 0));
    expect(outcome.curves["train/loss"]?.values).toEqual([1, "NaN", "Infinity", "-Infinity"]);
    expect(Object.keys(outcome.curves)).toEqual(["train/loss", "train/grad_norm", "train/lr"]);
    expect(Outcome.parse(JSON.parse(JSON.stringify(outcome)))).toEqual(outcome);
  });

  test("removes secrets from everything that the trainer said", () => {
    const outcome = compose([], ["using 0123456789"]);
    expect(JSON.stringify(outcome)).not.toContain("0123456789");
    expect(outcome).toMatchObject({
      log_tail: ["using ***"],
      evidence: { line: "key ***" },
      device_seconds: 60.5,
    });
  });

  test("of a hundred thousand rows stays below 1 MB and says so", () => {
    const outcome = compose(steps(100_000));
    expect(JSON.stringify(outcome).length).toBeLessThanOrEqual(1_000_000);
    expect(outcome.evidence["curves_thinned"]).toBeGreaterThan(1);
    expect(outcome.curves["train/loss"]?.steps.at(-1)).toBe(100_000);
  });

  it.prop([
    fc.integer({ min: 2, max: 400 }),
    fc.integer({ min: 2_500, max: 6_000 }),
    fc.integer({ min: 1, max: 400 }),
  ])("thins curves to a part of themselves with first, last and first bad point", (count, maxBytes, bad) => {
    const whole = compose(steps(count, (n) => (n === bad ? Number.NaN : 1 / n)));
    const fitted = fitOutcome(whole, maxBytes);
    expect(JSON.stringify(fitted).length).toBeLessThanOrEqual(maxBytes);
    const [before, after] = [whole, fitted].map(({ curves }) => {
      const { steps: at = [], values = [] } = curves["train/loss"] ?? {};
      return at.map((step, index) => [step, values[index]] as const);
    });
    expect(before).toEqual(expect.arrayContaining([...(after ?? [])]));
    expect(after?.at(0)).toEqual(before?.at(0));
    expect(after?.at(-1)).toEqual(before?.at(-1));
    if (bad <= count) expect(after?.filter(([, value]) => value === "NaN")).toHaveLength(1);
  });
});
