/** A box that cannot train: what becomes of the claims that it is asked for. */
import { expect, it } from "vitest";
import { isOutcome } from "../../src/rounds/events.ts";
import { Outcome } from "../../src/rounds/outcome.ts";
import { localLab } from "./local-lab.ts";
import { lab } from "./programs.ts";
import { further } from "./thorough.ts";

const REPORT = "src/lerobot/scripts/train_config/reports/act_ot.md";

further(
  "a launch that the box refuses is told with what to do, costs no attempt, and is not repeated until somebody asks",
  async () => {
    const here = await lab({
      templates: 1,
      settings: { seeds: "[42]" },
      trainer: { steps: 200, eval_freq: 100, log_freq: 20, min_free_gb: 1_000_000_000 },
    });
    const trainings = () =>
      [...here.github.state.runs.values()].filter(({ title }) => title.includes("train "));
    try {
      await here.github.deliver("schedule");
      await here.github.idle();
      await here.people.merge("ana", 1);
      await here.github.idle();
      const refused = (await here.events()).filter(({ event }) => event === "interrupted");
      expect(refused).toMatchObject([
        { trial: "0001a-s42", attempt: 1, reason: "refused", device_seconds: 0 },
      ]);
      expect(trainings()).toMatchObject([{ conclusion: "failure" }]);

      // Further wake-ups leave it to rest.
      for (const _ of [1, 2]) {
        await here.github.deliver("schedule");
        await here.github.idle();
      }
      expect(trainings()).toHaveLength(1);
      await here.people.comment("ana", 1, "/status");
      await here.github.idle();
      const status = here.comments(1).map(({ body }) => body);
      expect(status.join("\n")).toContain("The GPU box trains nothing of round 0001 now: ");
      expect(status.join("\n")).toContain("autoloop prune");

      await here.people.comment("ana", 1, "/rerun a");
      await here.github.idle();
      expect(trainings()).toHaveLength(2);
      const settings = await here.show(".github/autoloop.yml");
      await here.pushFiles("main", { ".github/autoloop.yml": settings.replace("1000000000", "0") });
      await here.people.comment("ana", 1, "/rerun a");
      await here.github.idle();
      const outcome = Outcome.parse(
        JSON.parse(await here.show("outcomes/0001a-s42-3.json", "autoloop/ledger")),
      );
      expect(outcome).toMatchObject({ outcome: "finished", resumed_from: null });
      const report = await here.show(REPORT);
      expect(report).toContain("`0001a-s42`, attempt 1 of 3: interrupted (`refused`)");
      expect(report).toContain("lists the checkpoints that can go");
    } finally {
      await here.close();
    }
  },
  120_000,
);

it("without a forge the loop ends with the reason, as often as it is called, and goes on when that is corrected", async () => {
  const here = await localLab({
    slots: 2,
    settings: { seeds: [42] },
    trainer: { min_free_gb: 1_000_000_000 },
  });
  try {
    for (const _ of [1, 2]) {
      const { exit, stderr } = await here.loop("--rounds", "1", "--yes");
      expect([exit, stderr]).toEqual([
        1,
        expect.stringContaining("was not trained: There is too little space"),
      ]);
    }
    const settings = await here.show(".github/autoloop.yml");
    await here.put(".github/autoloop.yml", settings.replace("1000000000", "0"));
    await here.git("commit", "--quiet", "--all", "--message", "Ask for no free space");
    const { exit, stderr } = await here.loop("--rounds", "1", "--yes");
    expect(exit, stderr).toBe(0);
    const ended = (await here.events()).filter(isOutcome);
    expect(ended.map(({ event, reason, attempt }) => [attempt, event, reason]).toSorted()).toEqual([
      [1, "interrupted", "refused"],
      [1, "interrupted", "refused"],
      [2, "interrupted", "refused"],
      [2, "interrupted", "refused"],
      [3, "finished", null],
      [3, "finished", null],
    ]);
  } finally {
    await here.close();
  }
}, 120_000);

further(
  "a round whose merge was undone before anything of it was trained is left alone by the next loop",
  async () => {
    const here = await localLab({ settings: { seeds: [42] }, trainer: { min_free_gb: 1_000_000_000 } });
    try {
      await here.loop("--rounds", "1", "--yes");
      const merge = (await here.git("rev-list", "--merges", "-1", "main")).trim();
      await here.git("revert", "--no-edit", "-m", "1", merge);
      const before = (await here.events()).filter(isOutcome);
      const { exit, stderr } = await here.loop("--rounds", "2", "--yes");
      expect(exit, stderr).toBe(1);
      expect(stderr).not.toMatch(/begun once more|nothing-to-gain|left to gain|follows/);
      expect(stderr).toContain("The merge of round 0001 was undone");
      expect(stderr).toContain("no trial was trained to its end");
      expect((await here.events()).filter(isOutcome)).toEqual(before);
      const report = await here.show(REPORT);
      expect(report).not.toContain("killed");
      expect(report.match(/lists the checkpoints that can go/g)?.length).toBeLessThanOrEqual(2);
    } finally {
      await here.close();
    }
  },
  60_000,
);
