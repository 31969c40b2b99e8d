import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fc, it as law } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { rowsBehind, withAliases } from "../../../src/runs/live-rows.ts";
import { readWandbFile } from "../../../src/runs/wandb-file.ts";
import type { StopRequest } from "../../../src/training/stop.ts";
import type { RowEvent } from "../../../src/training/watch.ts";
import { type OtLimits, watchOt } from "../../../src/training/watchdog/ot.ts";
import { type ExampleKnobs, exampleConfig } from "../../judgement/example-run.ts";
import { realData } from "../../judgement/real-data.ts";

const limits: OtLimits = { at: 500, points: 10, dead: 1e-6, live: 1e-3, brokenShare: 0.5 };

function row(step: number, mass: number, loss = 0.1): RowEvent {
  const values = new Map([
    ["train/ot_pi_sum", mass],
    ["train/ot_loss", loss],
  ]);
  return { kind: "row", step, values };
}

/** Rows every 50 steps → the first request to stop. */
function feed(masses: readonly number[], knobs: ExampleKnobs = {}): StopRequest | null {
  const watch = watchOt(exampleConfig(knobs), limits);
  if (!watch) throw new Error("this configuration is exempt");
  return firstStop(
    masses.map((mass, index) => row((index + 1) * 50, mass)),
    watch,
  );
}

function firstStop(
  rows: readonly RowEvent[],
  watch: (row: RowEvent) => StopRequest | null,
): StopRequest | null {
  return rows.map(watch).find((request) => request !== null) ?? null;
}

const cycle = (values: readonly number[], length: number) =>
  Array.from({ length }, (_, index) => values[index % values.length] ?? 0);

describe("the watch of the transport plan", () => {
  it("stops a dead plan at the set step, with the numbers", () => {
    expect(feed(cycle([3e-8, 2e-7, 5e-9], 20))).toEqual({
      outcome: "stopped",
      reason: "ot-dead",
      evidence: {
        step: 500,
        from_step: 50,
        readings: 10,
        median_pi_sum: 3e-8,
        highest_pi_sum: 2e-7,
        limit: 1e-6,
      },
      urgent: false,
    });
  });

  it("stops a broken solver by the share of readings that prove it", () => {
    // reg 0.5, T 2.5: below exp(-141.96) nothing but a break can be.
    const stop = feed(cycle([1e-90, 0, 1e-80, 0.2], 20));
    expect(stop).toMatchObject({
      reason: "ot-broken",
      evidence: { step: 500, broken_share: 0.8, limit: 0.5, reg: 0.5, temperature: 2.5 },
    });
  });

  it.each<[string, readonly number[]]>([
    ["lives", cycle([0.05, 0.3, 0.12], 20)],
    ["ends on one dead reading", [...cycle([0.05, 0.3], 9), 1e-30, ...cycle([0.1], 5)]],
    ["breaks on some batches, as a mixture of both kinds", cycle([0.1, 0.2, 0.3, 1e-90, 0.1], 40)],
    ["carries mass in one batch of ten", cycle([1e-9, 1e-9, 1e-9, 0.04, 1e-9, 1e-9, 1e-9, 1e-9], 20)],
    ["is low but alive", cycle([1e-4, 3e-4], 20)],
    ["died after it was found alive", [...cycle([0.1], 10), ...cycle([1e-12], 20)]],
  ])("lets a plan go on that %s", (_, masses) => {
    expect(feed(masses)).toBeNull();
  });

  it("waits while the mass rises, and judges when it no longer does", () => {
    const rising = Array.from({ length: 14 }, (_, index) => 10 ** (-20 + index));
    expect(feed(rising)).toBeNull();
    const stuck = feed([...rising, ...cycle([3e-7, 2e-7, 2.5e-7], 14)]);
    expect(stuck).toMatchObject({ reason: "ot-dead" });
    expect(stuck?.evidence["step"]).toBeGreaterThan(700);
  });

  it("waits for enough readings where the trainer logs rarely", () => {
    const watch = watchOt(exampleConfig(), limits);
    const rows = cycle([1e-9], 12).map((mass, index) => row((index + 1) * 200, mass));
    expect(watch && firstStop(rows, watch)?.evidence["step"]).toBe(2000);
  });

  it("counts a row once however often it is shown, and reads nothing from NaN costs", () => {
    const watch = watchOt(exampleConfig(), limits);
    const again = cycle([1e-9], 30).map(() => row(500, 1e-9));
    const poisoned = cycle([1], 30).map((mass, index) => row(550 + index * 50, mass, Number.NaN));
    expect(watch && firstStop([...again, ...poisoned], watch)).toBeNull();
  });

  it("proves a break only where the reference measure is diagonal", () => {
    expect(feed(cycle([1e-90], 10), { heuristic: false })).toMatchObject({ reason: "ot-dead" });
  });

  it.each<[string, ReturnType<typeof exampleConfig>]>([
    ["lambda_ot is 0", exampleConfig({ lambda: 0 })],
    ["OT is off", { ...exampleConfig(), ot: { enable: false } }],
    ["there is no OT", { batch_size: 8 }],
  ])("has nothing to look after where %s", (_, config) => {
    expect(watchOt(config, limits)).toBeNull();
  });

  law.prop([fc.array(fc.double({ min: 1e-3, max: 1, noNaN: true }), { minLength: 10, maxLength: 60 })])(
    "never stops a plan whose every reading lives",
    (masses) => {
      expect(feed(masses)).toBeNull();
    },
  );
});

describe.skipIf(!realData)("on real runs (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  it("stops the dead one at its tenth reading and none of the others", async () => {
    const keys = new Set(withAliases(["train/ot_pi_sum", "train/ot_loss"]));
    const folder = join(realData ?? "", "real-runs");
    const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const verdicts: string[] = [];
    let watched = 0;
    for (const path of paths.filter((each) => each.endsWith(".wandb"))) {
      const { config, points } = await readWandbFile({
        path: join(folder, path),
        wants: (key) => keys.has(key),
      });
      const watch = config && watchOt(config, limits);
      if (!watch) continue;
      watched += 1;
      const stop = firstStop(
        rowsBehind(-1, points).map((each) => ({ kind: "row", ...each })),
        watch,
      );
      if (stop) verdicts.push(`${basename(join(path, ".."))} ${stop.reason} ${stop.evidence["step"]}`);
    }
    expect(watched).toBeGreaterThan(15);
    expect(verdicts).toEqual(["dead ot-broken 500"]);
  });
});
