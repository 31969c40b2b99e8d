import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isOutcome } from "../../src/rounds/events.ts";
import { type Lab, lab, NODE24_SKIPPED, NODES } from "./programs.ts";
import { further } from "./thorough.ts";

const REPORT = "src/lerobot/scripts/train_config/reports/act_ot.md";
const MANIFEST = "src/lerobot/scripts/train_config/reports/data/rounds/0001.json";
const SHORT = { templates: 2, trainer: { steps: 200, eval_freq: 100, log_freq: 20 } };

if (NODE24_SKIPPED) describe.skip(NODE24_SKIPPED, () => it("needs Node 24", () => undefined));

describe.each(NODES)("a round under $name", ({ node }) => {
  let here: Lab;
  beforeAll(async () => {
    here = await lab({ ...SHORT, node });
    await here.github.deliver("schedule");
    await here.github.idle();
  }, 60_000);
  afterAll(() => here.close());

  it("is proposed by the schedule, once, as one pull request of the bot", async () => {
    await here.github.deliver("schedule");
    await here.github.idle();
    const pulls = [...here.github.state.pulls.values()];
    expect(pulls).toHaveLength(1);
    expect(pulls[0]).toMatchObject({
      title: "autoloop round 0001: 2 variants",
      author: "github-actions[bot]",
      headRef: "autoloop/round-0001",
    });
    expect(pulls[0]?.body).toContain("What merging does");
  });

  it("answers /rerun on an unmerged round with “merge first”", async () => {
    await here.people.comment("ana", 1, "/rerun");
    await here.github.idle();
    expect(here.comments(1).at(-1)?.body).toMatch(/merge the pull request first/i);
    expect((await here.events()).some(({ event }) => event === "rerun")).toBe(false);
  });

  it("is trained after the merge, reported, and followed by the next proposal", async () => {
    await here.people.merge("ana", 1);
    await here.github.idle();
    const kinds = (await here.events()).map(({ event }) => event);
    expect(kinds.filter((kind) => kind === "finished")).toHaveLength(2);
    expect(kinds).toContain("reported");
    expect(await here.show(REPORT)).toContain("0001a-s42");
    expect(here.openPull()?.headRef).toBe("autoloop/round-0002");
  }, 60_000);

  it("refuses /rerun by a reader with a sentence, and runs nothing", async () => {
    await here.people.comment("rea", 1, "/rerun a");
    await here.github.idle();
    expect(here.comments(1).at(-1)?.body).toContain("rea");
    expect((await here.events()).filter(({ event }) => event === "dispatched")).toHaveLength(1);
  });

  it("met no route that the forge lacks, and no unknown request to W&B", () => {
    expect(here.github.unknownRoutes).toEqual([]);
    expect(here.wandb.unknown).toEqual([]);
  });
});

describe("trainings that go wrong", () => {
  const outcomeOf = async (boxEnv: Record<string, string>, after?: (here: Lab) => Promise<void>) => {
    const names = Object.keys(boxEnv);
    const here = await lab({ templates: 1, trainer: { ...SHORT.trainer, env: names }, boxEnv });
    try {
      await here.github.deliver("schedule");
      await here.github.idle();
      await here.people.merge("ana", 1);
      await here.github.idle();
      await after?.(here);
      return { events: await here.events(), report: await here.show(REPORT), comments: here.comments(1) };
    } finally {
      await here.close();
    }
  };

  further(
    "records a trainer that exits 1 as failed, with its last words in the report, after one more try by itself and one that was asked for",
    async () => {
      const { events, report } = await outcomeOf({ TINY_FAIL_AT: "60" }, async (here) => {
        await here.people.comment("ana", 1, "/rerun");
        await here.github.idle();
      });
      const ended = events.filter(({ event }) => event === "failed");
      expect(ended).toMatchObject([
        { trial: "0001a-s42", attempt: 1, exit: 1 },
        { trial: "0001a-s42", attempt: 2, exit: 1 },
        { trial: "0001a-s42", attempt: 3, exit: 1 },
      ]);
      expect(report).toContain("RuntimeError");
      expect(report).toContain("attempt 1 of 2: failed (`exit`), step 40 of 200");
    },
    90_000,
  );

  further(
    "records a NaN as invalid, although the trainer would exit 0",
    async () => {
      const { events, report } = await outcomeOf({ TINY_NAN_AT: "60" });
      expect(events.find(({ event }) => event === "invalid")).toMatchObject({
        trial: "0001a-s42",
        reason: "non-finite",
      });
      expect(report).toContain("non-finite");
    },
    60_000,
  );
});

describe("a trainer that somebody kills", () => {
  further(
    "is interrupted in the ledger, begun again by itself, and finished in the report",
    async () => {
      const here = await lab({
        templates: 1,
        trainer: { ...SHORT.trainer, env: ["TINY_STEP_MS"] },
        boxEnv: { TINY_STEP_MS: "50" },
      });
      try {
        await here.github.deliver("schedule");
        await here.github.idle();
        await here.people.merge("ana", 1);
        const [stored] = await untilLogging(here);
        const killed = await here.killTrainers();
        expect(stored).toBeDefined();
        expect(killed).toBeGreaterThan(0);
        await here.github.idle();
        const ended = (await here.events()).find(({ event }) => event === "interrupted");
        expect(ended).toMatchObject({ trial: "0001a-s42", signal: "SIGKILL" });
        expect(await here.show(REPORT)).toContain("(attempt 2) | finished");
      } finally {
        await here.close();
      }
    },
    90_000,
  );
});

async function untilLogging(here: Lab) {
  await here.wandb.until(() => here.wandb.runs.all().some((run) => run.history.length > 0), {
    timeoutMs: 40_000,
  });
  return here.wandb.runs.all();
}

describe("a reviewer", () => {
  further(
    "may edit a variant before the squash merge: the edited bytes are what is trained",
    async () => {
      const here = await lab({ ...SHORT, templates: 2 });
      try {
        await here.github.deliver("schedule");
        await here.github.idle();
        const manifest = JSON.parse(await here.show(MANIFEST, "autoloop/round-0001"));
        const [kept, dropped] = manifest.variants;
        manifest.variants = [kept];
        const before = await here.show(kept.path);
        const after = before.replace('"reg": 0.15', '"reg": 0.3');
        expect(after).not.toBe(before);
        await here.pushFiles("autoloop/round-0001", {
          [kept.path]: after,
          [MANIFEST]: `${JSON.stringify(manifest, null, 2)}\n`,
        });
        await here.people.merge("ana", 1, "squash");
        await here.github.idle();
        const events = await here.events();
        expect(events.find(({ event }) => event === "approved")).toMatchObject({
          edited: ["0001a"],
          by: "ana",
        });
        expect(events.filter(({ event }) => event === "finished")).toMatchObject([{ trial: "0001a-s42" }]);
        const [run] = here.wandb.runs.all();
        expect(JSON.parse(run?.config ?? "{}").ot.value.loss_config.reg).toBe(0.3);
        expect(dropped.id).toBe("0001b");
      } finally {
        await here.close();
      }
    },
    60_000,
  );
});

describe("when the job that brings outcomes home fails", () => {
  further(
    "loses nothing: what the box sends later replaces the guess that the trial was lost",
    async () => {
      const here = await lab({ ...SHORT, templates: 1 });
      try {
        await here.github.deliver("schedule");
        await here.github.idle();
        await here.people.merge("ana", 1);
        await here.wandb.until(() => here.wandb.runs.all().some((run) => run.history.length > 0), {
          timeoutMs: 40_000,
        });
        here.github.faults.push({
          method: "PATCH",
          path: /git\/refs\/.*ledger/,
          times: 1,
          status: 403,
          when: "before",
        });
        await here.github.idle();
        await here.github.deliver("schedule");
        await here.github.idle();
        expect((await here.events()).find(({ event }) => event === "interrupted")).toMatchObject({
          reason: "lost",
        });

        await here.people.comment("ana", 1, "/rerun");
        await here.github.idle();
        const ended = (await here.events()).filter(isOutcome);
        expect(ended.map(({ event, attempt, reason }) => [event, attempt, reason])).toEqual([
          ["interrupted", 1, "lost"],
          ["finished", 1, null],
          // It was claimed while nobody knew.
          ["interrupted", 2, "not-begun"],
        ]);
      } finally {
        await here.close();
      }
    },
    90_000,
  );
});

describe("a lab that starts with reports", () => {
  it("gets its selected runs analysed into the report, once, and nothing proposed", async () => {
    const source = JSON.stringify({ entity: "lab", project: "policies", select: { tags: ["baseline"] } });
    const here = await lab({ ...SHORT, templates: 1, settings: { mode: "report", source } });
    try {
      const rows = Array.from({ length: 20 }, (_, at) => ({
        _step: 50 * (at + 1),
        "train/l1_loss": 0.1 + 20 / (50 * (at + 1)),
      }));
      here.wandb.runs.add({
        entity: "lab",
        project: "policies",
        name: "before01",
        tags: ["baseline"],
        history: rows,
        state: "finished",
      });
      await here.github.deliver("schedule");
      await here.github.idle();
      await here.github.deliver("schedule");
      await here.github.idle();
      const report = await here.show(REPORT);
      expect(report.match(/autoloop:analysis/g)).toHaveLength(1);
      expect(report).toContain("before01");
      expect(here.github.state.pulls.size).toBe(0);
    } finally {
      await here.close();
    }
  }, 60_000);
});

describe("a dispatch that nobody claimed", () => {
  it("is refused by both halves of training and leaves no trace in the ledger", async () => {
    const here = await lab({ ...SHORT, templates: 1 });
    try {
      await here.github.deliver("schedule");
      await here.github.idle();
      const before = await here.git("rev-parse", "autoloop/ledger");
      await here.people.dispatch("ana", { mode: "train", dispatch: "0009-deadbeef" });
      await here.github.idle();
      expect(await here.git("rev-parse", "autoloop/ledger")).toBe(before);
      expect([...here.github.state.runs.values()].at(-1)).toMatchObject({ conclusion: "failure" });
    } finally {
      await here.close();
    }
  }, 60_000);
});

describe("with the live tap", () => {
  further(
    "trains as usual, and every row reaches W&B through the box",
    async () => {
      const here = await lab({ templates: 1, trainer: { ...SHORT.trainer, tap: true } });
      try {
        await here.github.deliver("schedule");
        await here.github.idle();
        await here.people.merge("ana", 1);
        await here.github.idle();
        expect((await here.events()).filter(({ event }) => event === "finished")).toHaveLength(1);
        const [run] = here.wandb.runs.all();
        expect(here.wandb.runs.rows(run?.name ?? "")).toHaveLength(10);
      } finally {
        await here.close();
      }
    },
    60_000,
  );
});

describe("without W&B", () => {
  further(
    "judges a round by the curves that the box sent home",
    async () => {
      const here = await lab({ templates: 1, trainer: { ...SHORT.trainer, wandb_mode: "offline" } });
      try {
        await here.github.deliver("schedule");
        await here.github.idle();
        await here.people.merge("ana", 1);
        await here.github.idle();
        expect(here.wandb.runs.all()).toEqual([]);
        const report = await here.show(REPORT);
        expect(report).toMatch(/\| `0001a-s42` \| finished \| +200 \| +0\.\d+ \|/);
        // Only the .wandb file on the box knows anything of the plan.
        expect(report).toMatch(/Transported mass|solver/);
      } finally {
        await here.close();
      }
    },
    60_000,
  );
});

describe("a person who starts the workflow by hand", () => {
  it.each(["status", "report"])(
    "with mode %s changes nothing",
    async (mode) => {
      const here = await lab({ ...SHORT, templates: 1 });
      try {
        await here.people.dispatch("ana", { mode });
        await here.github.idle();
        const runs = [...here.github.state.runs.values()];
        expect(runs).toMatchObject([{ conclusion: "success" }]);
        expect(here.github.state.pulls.size).toBe(0);
      } finally {
        await here.close();
      }
    },
    60_000,
  );
});

describe("what was not approved", () => {
  it("is not trained: a manifest that was pushed straight to main", async () => {
    const here = await lab({ ...SHORT, templates: 1 });
    try {
      await here.github.deliver("schedule");
      await here.github.idle();
      await here.people.close("ana", 1);
      await here.pushFrom("autoloop/round-0001");
      await here.github.idle();
      const events = await here.events();
      expect(events.filter(({ event }) => event === "dispatched")).toEqual([]);
      expect(events.find(({ event }) => event === "refused")).toMatchObject({
        round: "0001",
        reason: "no-pull-request",
      });
    } finally {
      await here.close();
    }
  }, 60_000);
});

describe("a round with one job per trial", () => {
  further(
    "is shared out among two boxes, each job with an artifact of its own, and collected as one",
    async () => {
      const here = await lab({
        ...SHORT,
        boxes: 2,
        settings: { fanout: "jobs" },
      });
      try {
        await here.github.deliver("schedule");
        await here.github.idle();
        await here.people.merge("ana", 1);
        await here.github.idle();
        const train = [...here.github.state.runs.values()]
          .flatMap(({ jobs }) => jobs)
          .filter(({ key, conclusion }) => key === "train" && conclusion !== "skipped");
        expect(train.map(({ name, conclusion }) => [name, conclusion])).toEqual([
          ["train (0001a-s42)", "success"],
          ["train (0001b-s42)", "success"],
        ]);
        expect(new Set(train.map(({ runner }) => runner)).size).toBe(2);
        const events = await here.events();
        const finished = events.filter(({ event }) => event === "finished");
        expect(finished.map((event) => "trial" in event && event.trial).toSorted()).toEqual([
          "0001a-s42",
          "0001b-s42",
        ]);
        expect(events.filter(({ event }) => event === "dispatched")).toHaveLength(1);
        expect(await here.show(REPORT)).toContain("0001b-s42");
      } finally {
        await here.close();
      }
    },
    60_000,
  );
});
