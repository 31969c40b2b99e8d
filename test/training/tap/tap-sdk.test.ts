import { describe, expect, it, onTestFinished, vi } from "vitest";
import { scratch } from "../real-ports.ts";
import { PYTHONS, type Said, SKIPPED, startSdk } from "./sdk-process.ts";
import { losses, outage, tapScene } from "./tap-scene.ts";
import { readLocal } from "./wandb-rows.ts";

const RUN = "a123456789";
const SLOW = 180_000;
const NON_FINITE: ReadonlyMap<number, number> = new Map([
  [3, Number.NaN],
  [4, Number.POSITIVE_INFINITY],
  [5, Number.NEGATIVE_INFINITY],
]);
/** What tap_sdk.py logs. */
const expected = (steps: number) =>
  Array.from({ length: steps }, (_, step) => NON_FINITE.get(step) ?? 1 / (step + 3));
const when = (said: readonly Said[], word: string) => said.find((one) => one.word === word)?.at ?? Number.NaN;

describe.skipIf(PYTHONS.length === 0)(`the real W&B SDK before a tap ${SKIPPED}`, () => {
  describe.each(PYTHONS.length > 0 ? PYTHONS : ["no interpreter"])("%s", (python) => {
    const start = (environment: Record<string, string>, steps: number, secondsPerStep: number) => {
      const folder = scratch(onTestFinished);
      return { folder, ...startSdk({ python, folder, environment, runId: RUN, steps, secondsPerStep }) };
    };

    const late =
      "shows each row about a second after it is complete, at the latest, when W&B answers in %i ms";
    it.each([0, 2_000])(late, { timeout: SLOW }, async (ms) => {
      const arrived = new Map<number, number>();
      const { tap, wandb, rows } = await tapScene(onTestFinished);
      wandb.faults.push({
        match: "file_stream",
        times: Number.POSITIVE_INFINITY,
        does: { kind: "delay", ms },
      });
      tap.rows(RUN, ({ step }) => arrived.set(step ?? -1, Date.now()));
      const sdk = start(tap.environment(RUN), 60, 0.13);
      expect(await sdk.ended, sdk.stderr()).toBe(0);
      const closed = sdk.said.filter(({ word }) => word === "closed");
      const delays = closed.map(({ about, at }) => (arrived.get(Number(about)) ?? Number.NaN) - at);
      console.log(
        `${python}: rows after ${Math.max(...delays).toFixed(0)} ms at most, mean`,
        mean(delays).toFixed(0),
      );
      expect(closed).toHaveLength(59);
      expect(Math.max(...delays)).toBeLessThan(1_500);
      expect(rows.map(({ values }) => values.get("train/loss"))).toEqual(expected(60));
      expect(rows.every(({ values }) => values.get("train/ot_pi_sum") === 0.5)).toBe(true);
      await tap.close();
      expect(losses(wandb, RUN)).toEqual(expected(60));
      expect(wandb.runs.get(RUN)).toMatchObject({
        state: "finished",
        exitCode: 0,
        group: "policy:act-seed:42",
      });
      expect(Object.keys(wandb.runs.get(RUN)?.files ?? {})).toContain("config.yaml");
      // Its log names the page on W&B, not the relay.
      expect(sdk.said.find(({ word }) => word === "page")?.about).toBe(tap.pageOf(RUN));
      expect(wandb.unknown).toEqual([]);
    });

    it("ends when it is asked to, with all that it logged", { timeout: SLOW }, async () => {
      const { tap, wandb, rows } = await tapScene(onTestFinished);
      const sdk = start(tap.environment(RUN), 600, 0.1);
      await untilSlow(() => rows.length > 20);
      const asked = Date.now();
      tap.requestStop(RUN);
      await sdk.ended;
      const took = when(sdk.said, "interrupted") - asked;
      console.log(
        `${python}: interrupted ${took.toFixed(0)} ms, ended`,
        Date.now() - asked,
        "ms after the request",
      );
      expect(took).toBeLessThan(25_000);
      const steps = Number(sdk.said.find(({ word }) => word === "trained")?.about) + 1;
      expect(losses(wandb, RUN)).toEqual(expected(steps));
      expect(await readLocal(sdk.folder, "train/loss")).toMatchObject({
        values: expected(steps),
        intact: true,
      });
    });

    it("logs without noticing that W&B is away, and all of it arrives once", { timeout: SLOW }, async () => {
      const { tap, wandb, rows } = await tapScene(onTestFinished);
      const over = outage(wandb);
      const sdk = start(tap.environment(RUN), 40, 0.1);
      await untilSlow(() => rows.length > 10);
      expect(wandb.runs.all()).toEqual([]);
      over.end();
      await untilSlow(() => tap.stored() === 0);
      outage(wandb);
      expect(await sdk.ended, sdk.stderr()).toBe(0);
      expect(tap.stored()).toBeGreaterThan(0);
      wandb.faults.clear();
      await tap.close();
      expect(losses(wandb, RUN)).toEqual(expected(40));
      expect(wandb.runs.all()).toMatchObject([{ name: RUN, entity: "me", state: "finished", exitCode: 0 }]);
      expect(Object.keys(wandb.runs.get(RUN)?.files ?? {})).toContain("wandb-summary.json");
      expect(wandb.unknown).toEqual([]);
      expect(sdk.stderr()).not.toMatch(/ERROR|WARNING/);
    });
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Python needs its time to start. */
function untilSlow(holds: () => boolean): Promise<void> {
  return vi.waitFor(() => expect(holds()).toBe(true), { timeout: 60_000, interval: 20 });
}
