import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, lab } from "./programs.ts";
import { further } from "./thorough.ts";

const REPORT = "src/lerobot/scripts/train_config/reports/act_ot.md";

/** Three trials, two slots, and trainings that would take minutes. */
describe("/stop while the only GPU runner is busy", () => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab({
      templates: 3,
      trainer: { steps: 5000, eval_freq: 5000, log_freq: 10, env: ["TINY_STEP_MS"] },
      boxEnv: { TINY_STEP_MS: "100" },
    });
    await here.github.deliver("schedule");
    await here.github.idle();
    await here.people.merge("ana", 1);
    await logging(2);
  }, 120_000);
  afterAll(() => here.close());

  /** Runs that have logged something, by their trial. */
  const logging = (count: number) =>
    here.wandb.until(() => here.wandb.runs.all().filter((run) => run.history.length > 0).length >= count, {
      timeoutMs: 90_000,
    });
  /** Whether a trainer of this trial runs on the box. */
  const runs = async (trial: string): Promise<boolean> => {
    const claims = (await here.events()).flatMap((event) =>
      event.event === "dispatched" ? event.trials : [],
    );
    const run = claims.find(({ id }) => id === trial)?.run_id ?? "never claimed";
    return (await here.trainers()).some((line) => line.includes(run));
  };

  it("ends the named trial within thirty seconds, gracefully, and gives its slot to the next", async () => {
    expect([await runs("0001a-s42"), await runs("0001b-s42"), await runs("0001c-s42")]).toEqual([
      true,
      true,
      false,
    ]);
    const asked = performance.now();
    await here.people.comment("ana", 1, "/stop b");
    await until(async () => !(await runs("0001b-s42")));
    const seconds = (performance.now() - asked) / 1000;
    console.info(`/stop b: ${seconds.toFixed(1)} s from the comment to the trainer's end`);
    expect(seconds).toBeLessThan(30);
    await logging(3);
    expect([await runs("0001a-s42"), await runs("0001b-s42"), await runs("0001c-s42")]).toEqual([
      true,
      false,
      true,
    ]);
  }, 120_000);

  it("without names ends all of the round, and the workflow run is through", async () => {
    const asked = performance.now();
    await here.people.comment("ana", 1, "/stop");
    await until(async () => (await here.trainers()).length === 0);
    const seconds = (performance.now() - asked) / 1000;
    console.info(`/stop: ${seconds.toFixed(1)} s from the comment to the last trainer's end`);
    expect(seconds).toBeLessThan(30);
    await here.github.idle();
    const ended = (await here.events()).filter((event) => "attempt" in event);
    expect(ended.map(({ event }) => event)).toEqual(["stopped", "stopped", "stopped"]);
    expect(ended.every((event) => "reason" in event && event.reason === "person")).toBe(true);
    // SIGINT came first: the trainers closed their W&B runs.
    expect(here.wandb.runs.all().map(({ state }) => state)).not.toContain("running");
    expect([...here.github.state.runs.values()].filter(({ cancelRequested }) => cancelRequested)).toEqual([]);
    expect(await here.show(REPORT)).toContain("0001c-s42");
  }, 120_000);

  it("is not undone by the next wake-up", async () => {
    await here.github.deliver("schedule");
    await here.github.idle();
    expect((await here.events()).filter(({ event }) => event === "dispatched")).toHaveLength(1);
  }, 60_000);
});

describe("/stop of what waits for its turn", () => {
  further(
    "ends it without ever beginning it",
    async () => {
      const leases = await mkdtemp(join(tmpdir(), "autoloop-leases-"));
      const here = await lab({
        templates: 3,
        settings: { gpus: JSON.stringify({ cpu_slots: 1, lease_dir: leases }) },
        trainer: { steps: 5000, eval_freq: 5000, log_freq: 10, env: ["TINY_STEP_MS"] },
        boxEnv: { TINY_STEP_MS: "100" },
      });
      try {
        await here.github.deliver("schedule");
        await here.github.idle();
        await here.people.merge("ana", 1);
        await here.wandb.until(() => here.wandb.runs.all().some((run) => run.history.length > 0), {
          timeoutMs: 90_000,
        });
        await here.people.comment("ana", 1, "/stop b c");
        await until(async () => (await here.events()).some(({ event }) => event === "stop-requested"));
        await here.people.comment("ana", 1, "/stop a");
        await here.github.idle();
        const ended = (await here.events()).filter((event) => "attempt" in event);
        expect(ended.map(({ event, reason }) => [event, reason])).toEqual(
          ended.map(() => ["stopped", "person"]),
        );
        expect(ended).toHaveLength(3);
        expect(here.wandb.runs.all()).toHaveLength(1);
      } finally {
        await here.close();
        await rm(leases, { recursive: true, force: true });
      }
    },
    180_000,
  );
});

describe("/stop of a dispatch that no runner takes", () => {
  further(
    "ends its trials as stopped by that person, and the next wake-up does not bring them back",
    async () => {
      const here = await lab({ templates: 2 });
      try {
        await here.github.deliver("schedule");
        await here.github.idle();
        here.github.loseRunner("gpu-box");
        await here.people.merge("ana", 1);
        await until(async () => (await here.events()).some(({ event }) => event === "dispatched"));
        await here.people.comment("ana", 1, "/stop");
        await here.github.idle();
        const ended = (await here.events()).filter((event) => "attempt" in event);
        expect(ended.map(({ event, reason, trial }) => [event, reason, trial])).toEqual([
          ["stopped", "person", "0001a-s42"],
          ["stopped", "person", "0001b-s42"],
        ]);
        here.github.returnRunner("gpu-box");
        await here.github.deliver("schedule");
        await here.github.idle();
        expect((await here.events()).filter(({ event }) => event === "dispatched")).toHaveLength(1);
        expect(here.wandb.runs.all()).toEqual([]);
        const bodies = here.comments(1).map(({ body }) => body);
        expect(bodies.filter((body) => body.startsWith("<!-- autoloop:status -->"))).toHaveLength(1);
        expect(bodies.some((body) => body.includes("was cancelled, because it cannot hear a stop"))).toBe(
          true,
        );
      } finally {
        await here.close();
      }
    },
    120_000,
  );
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 90_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error("it never came true");
    await sleep(100);
  }
}
