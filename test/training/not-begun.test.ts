import { describe, expect, it, onTestFinished } from "vitest";
import { guardAgainstEnd } from "../../src/training/guards.ts";
import { runQueue } from "../../src/training/queue.ts";
import { scene } from "./launch-scene.ts";
import { trialJob } from "./trial-jobs.ts";

const trials = (count: number) =>
  Array.from({ length: count }, (_, seed) =>
    trialJob({ trial: `0001a-s${seed}`, seed, runId: `a00000000${seed}` }),
  );

const OUTSIDE_HOURS = {
  outcome: "interrupted",
  reason: "not-begun",
  evidence: { held_up_by: "outside-hours" },
  urgent: false,
} as const;

describe("a launch whose hours or budget end", () => {
  it("begins nothing more, says of what waits that it never began, and of nothing else", async () => {
    const at = scene(onTestFinished, { trainer: "healthy" });
    const used: number[] = [];
    const { outcomes, notRun } = await at.launch({
      jobs: trials(3),
      hooks: {
        stopOf: (_job, launch) => {
          used.push(launch.used);
          return launch.used > 0 ? OUTSIDE_HOURS : null;
        },
      },
    });
    const told = outcomes.map(({ trial, outcome, reason }) => [trial, outcome, reason]);
    expect(told.toSorted()).toEqual([
      ["0001a-s0", "finished", null],
      ["0001a-s1", "interrupted", "not-begun"],
      ["0001a-s2", "interrupted", "not-begun"],
    ]);
    expect(outcomes.find(({ trial }) => trial === "0001a-s1")).toMatchObject({
      device_seconds: 0,
      steps: null,
      evidence: { held_up_by: "outside-hours" },
    });
    expect(notRun).toEqual([]);
    expect(used[0]).toBe(0);
    expect(used.at(-1)).toBeGreaterThan(0);

    // Whoever finds the old claim does not begin it: it is claimed anew, as the next attempt.
    const again = await at.launch({ jobs: trials(3) });
    expect(again.outcomes).toEqual([]);
    expect(again.notRun.map(({ why }) => why)).toEqual(Array(3).fill("this attempt has an outcome already"));
  });

  it("takes no device when nothing may begin at all", async () => {
    let asked = 0;
    const { results } = await runQueue({
      jobs: ["a", "b"],
      priorityOf: () => 0,
      maxConcurrency: () => 2,
      claim: async () => {
        asked += 1;
        return [];
      },
      isWithdrawn: () => true,
      withdraw: async (job) => `${job} never began`,
      run: async (job) => job,
      clock: { now: () => 0, steady: () => 0, sleep: async () => undefined },
      pollMs: 1,
      signal: new AbortController().signal,
    });
    expect([asked, results]).toEqual([0, ["a never began", "b never began"]]);
  });

  it("stops what runs where the settings say so, gently and to be resumed", async () => {
    const at = scene(onTestFinished, { trainer: "hanging" });
    let left = 60_000;
    const { outcomes } = await at.launch({
      hooks: {
        onProgress: () => {
          left = 0;
        },
        guardsOf: () => [
          guardAgainstEnd({
            clock: {
              now: () => Date.now(),
              steady: () => Date.now(),
              sleep: () => new Promise((wake) => setTimeout(wake, 20)),
            },
            msLeft: () => left,
            reason: "window-ended",
          }),
        ],
      },
    });
    expect(outcomes).toMatchObject([{ outcome: "interrupted", reason: "window-ended" }]);
    expect(outcomes[0]?.steps).toBeGreaterThan(0);
  });
});

describe("a launch that is cancelled", () => {
  const cancelled = { outcome: "interrupted", reason: "cancelled", evidence: {}, urgent: true } as const;

  it("says of what waits that it never began, where nobody will call again", async () => {
    const at = scene(onTestFinished, { trainer: "hanging" });
    const cancel = new AbortController();
    const { outcomes, notRun } = await at.launch({
      jobs: trials(3),
      signal: cancel.signal,
      hooks: {
        onProgress: () => cancel.abort(),
        stopOf: () => (cancel.signal.aborted ? cancelled : null),
      },
    });
    expect(notRun).toEqual([]);
    const told = outcomes.map(({ trial, reason, device_seconds }) => [trial, reason, device_seconds > 0]);
    expect(told.toSorted()).toEqual([
      ["0001a-s0", "cancelled", true],
      ["0001a-s1", "cancelled", false],
      ["0001a-s2", "cancelled", false],
    ]);
    expect(at.delivered()).toHaveLength(3);
  });

  it("leaves what waits claimed where the next call goes on with it", async () => {
    const at = scene(onTestFinished, { trainer: "hanging" });
    const cancel = new AbortController();
    const { outcomes, notRun } = await at.launch({
      jobs: trials(3),
      signal: cancel.signal,
      hooks: { onProgress: () => cancel.abort() },
    });
    expect(outcomes).toMatchObject([{ trial: "0001a-s0", reason: "cancelled" }]);
    expect(notRun.map(({ trial }) => trial)).toEqual(["0001a-s1", "0001a-s2"]);
  });
});

describe("the guard of an end", () => {
  it("leaves a trainer alone that nothing limits", async () => {
    const clock = { now: () => 0, steady: () => 0, sleep: async () => undefined };
    const guard = guardAgainstEnd({ clock, msLeft: () => null, reason: "window-ended" });
    const running = { pid: 1, ended: new AbortController().signal, lastOutput: () => 0 };
    expect(await guard(running)).toBeNull();
  });
});
