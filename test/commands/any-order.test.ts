import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { outcomeEvent } from "../../src/commands/outcome-event.ts";
import { reconcileAll } from "../../src/commands/reconcile.ts";
import { record } from "../../src/commands/record.ts";
import { lookAround } from "../../src/commands/world.ts";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { AutoloopError } from "../../src/errors.ts";
import { ledgerStore } from "../../src/forge/ledger-store.ts";
import type { House } from "../../src/house.ts";
import { voiceIn } from "../../src/report/voice.ts";
import type { Outcome } from "../../src/rounds/outcome.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { parseSettings } from "../../src/settings.ts";
import { type Crash, memoryForge } from "./memory-forge.ts";

const CONFIGS = "src/lerobot/scripts/train_config";
const templates = planConfigs()
  .slice(0, 2)
  .map(({ file, config }) => [`${CONFIGS}/${file}`, `${JSON.stringify(config, null, 2)}\n`] as const);
const settings = parseSettings({
  path: "autoloop.yml",
  text: JSON.stringify({
    mode: "train",
    trainer: { steps: 200, eval_freq: 100, log_freq: 20 },
    seeds: [42],
    max_variants: 1,
  }),
});

function lab() {
  const world = memoryForge(Object.fromEntries(templates));
  let minutes = 0;
  const house: House = {
    settings,
    voice: voiceIn("en"),
    now: () => new Date(Date.UTC(2026, 0, 5, 20, minutes)),
    progress: { say: () => undefined },
    forge: world.forge,
    ledger: ledgerStore(world.forge),
    retries: RETRIES,
    cloud: null,
    live: null,
    underWay: async () => [],
    glance: () => world.forge.reader.glance({ beside: "autoloop/ledger", files: [] }),
    messenger: null,
  };
  const wake = async (crash: Crash | null = null): Promise<number> => {
    minutes += 5;
    world.crashAt(crash);
    const result = await reconcileAll(house).catch((thrown: unknown) => {
      const died = thrown instanceof Error && thrown.message === "crash";
      // Of two at once, one is told that the other is at it.
      const lost = thrown instanceof AutoloopError && thrown.code === "forge.round-branch";
      if (died || lost) return null;
      throw thrown;
    });
    world.crashAt(null);
    return result === null
      ? 1
      : result.done.filter((piece) => !/^propose: no(thing-to-gain|-results)$/.test(piece)).length;
  };
  return { world, house, wake };
}

type Lab = ReturnType<typeof lab>;

/** The training of every dispatch that runs brings its outcomes home, unless that job dies as well. */
async function train({ world, house }: Lab, crash: Crash | null): Promise<void> {
  for (const { dispatch, status } of [...world.runs]) {
    if (status === "completed") continue;
    const now = await lookAround(house);
    const attempts = [...now.history.rounds.values()].flatMap(({ attempts: all }) => all);
    const outcomes = attempts
      .filter((each) => each.dispatch === dispatch && each.outcome === null)
      .map(({ trial, attempt, runId }) =>
        ending({ dispatch, trial, attempt, run_id: runId, round: trial.slice(0, 4) }),
      );
    world.crashAt(crash);
    await record(house, now, { events: outcomes.map(outcomeEvent), outcomes }).then(
      () => world.finish(dispatch),
      () => undefined,
    );
    world.crashAt(null);
  }
}

/** Variant b fails at its first attempt. */
function ending(of: Pick<Outcome, "dispatch" | "trial" | "attempt" | "run_id" | "round">): Outcome {
  const fails = of.trial.startsWith("0001b") && of.attempt === 1;
  const steps = [50, 100, 150, 200];
  return {
    ...of,
    schema: "autoloop/outcome@1",
    run_url: null,
    resumed_from: null,
    outcome: fails ? "failed" : "finished",
    reason: fails ? "exit" : null,
    evidence: {},
    exit: fails ? 1 : 0,
    signal: null,
    started: "2026-01-05T20:00:00.000Z",
    ended: "2026-01-05T20:10:00.000Z",
    device: "cpu",
    device_seconds: 600,
    steps: 200,
    log_tail: [],
    curves: { "train/l1_loss": { steps, values: [0.5, 0.4, 0.3, 0.2] } },
    conditions: {
      fork_commit: null,
      fork_dirty: null,
      pair_data: null,
      eval_freq: 100,
      batch_size: 8,
      num_workers: 0,
    },
  };
}

type Step =
  | { readonly do: "wake"; readonly crash: Crash | null }
  | { readonly do: "wake-twice-at-once" }
  | { readonly do: "train"; readonly crash: Crash | null }
  | { readonly do: "edit" | "move-main" | "update-branch" };

const REVIEWED = "0.31";

/** The same things happen in every story, however often and in whatever order the loop hears of them. */
async function story(steps: readonly Step[]): Promise<object> {
  const here = lab();
  const { world, wake } = here;
  const edit = () => {
    const [path = "", text = ""] = templates[0] ?? [];
    if (world.pulls.get(1)?.state === "open") {
      world.push("autoloop/round-0001", { [path]: text.replace(/"reg": [\d.]+/, `"reg": ${REVIEWED}`) });
    }
  };
  for (const step of steps) {
    if (step.do === "wake") await wake(step.crash);
    else if (step.do === "train") await train(here, step.crash);
    else if (step.do === "edit") edit();
    else if (step.do === "move-main")
      world.push("main", { "README.md": `moved ${world.paths("main").length}` });
    else if (step.do === "update-branch") {
      if (world.pulls.get(1)?.state === "open") world.updateBranch("autoloop/round-0001");
    } else await Promise.all([wake(), wake()]);
  }
  while ((await wake()) > 0) await train(here, null);
  edit();
  await wake();
  if (!world.pulls.get(1)?.merged) world.merge(1);
  for (let quiet = 0; quiet < 3; ) {
    quiet = (await wake()) === 0 ? quiet + 1 : 0;
    await train(here, null);
  }
  return finalState(here);
}

/** Everything that people and the next night start from; times and commits aside. */
async function finalState({ world, house }: Lab): Promise<object> {
  const { history, merged } = await lookAround(house);
  const rounds = [...history.rounds.values()].map((round) => ({
    round: round.round,
    state: round.state,
    proposed: round.proposed?.variants,
    configs: Object.entries(round.approved?.configs ?? {}).map(([id, { hash }]) => [id, hash]),
    attempts: round.attempts
      .map(({ trial, attempt, outcome }) => `${trial}:${attempt} ${outcome?.event}`)
      .sort(),
    reported: [...round.reported].sort(),
  }));
  const pulls = [...world.pulls.values()].map(({ title, state, head }) => `${title} ${state} ${head.branch}`);
  const report = world.text("main", `${CONFIGS}/reports/act_ot.md`);
  const sections = report.match(/<!-- autoloop:round \d{4}/g);
  const dispatched = world.runs.map(({ dispatch }) => dispatch).sort();
  return { rounds, merged: [...merged], pulls, sections, dispatched, comments: world.comments };
}

const crash = fc.record({ write: fc.integer({ min: 1, max: 9 }), when: fc.constantFrom("before", "after") });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wake"), crash: fc.option(crash) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("train"), crash: fc.option(crash) }) },
  { weight: 1, arbitrary: fc.constant({ do: "wake-twice-at-once" }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step>({ do: "edit" }, { do: "move-main" }, { do: "update-branch" }),
  },
);

describe("reconcile in any order", () => {
  it("ends as the undisturbed run does: wake-ups lost, repeated, at once, and killed between any two writes", async () => {
    const expected = await story([]);
    expect(expected).toMatchObject({
      sections: ["<!-- autoloop:round 0001"],
      rounds: [
        {
          round: "0001",
          state: "approved",
          attempts: ["0001a-s42:1 finished", "0001b-s42:1 failed", "0001b-s42:2 finished"],
        },
      ],
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        expect(await story(steps)).toEqual(expected);
      }),
      { numRuns: process.env["AUTOLOOP_THOROUGH"] === "1" ? 400 : 25 },
    );
  }, 120_000);
});
