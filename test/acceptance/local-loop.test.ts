import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { isOutcome, type LedgerEvent } from "../../src/rounds/events.ts";
import { type LocalLab, type LocalLabOptions, localLab, REPORT } from "./local-lab.ts";
import { further, SHORTENED, THOROUGH } from "./thorough.ts";

const LONG = 180_000;
const ONE_ROUND = ["--rounds", "1", "--yes"];
const TWO_ROUNDS = ["--rounds", "2", "--yes"];
const ONE = ["0001"];
const TWO = ["0001", "0002"];

let here: LocalLab;
const open = async (options?: LocalLabOptions) => {
  here = await localLab(options);
  return here;
};
afterEach(() => here.close());

/** What has to be true after so many rounds, whatever happened on the way. */
async function expectWholeRounds(
  rounds: readonly string[],
  { events, sections, merges, trainers }: LocalLab,
): Promise<void> {
  const ledger = await events();
  const outcomes = ledger.filter(isOutcome);
  const claimed = ledger.flatMap((event) => (event.event === "dispatched" ? event.trials : []));
  const trials = [...new Set(claimed.map(({ id }) => id))];
  // Every attempt was claimed once and has one outcome; every trial was trained to its end once.
  const attempts = claimed.map(({ id, attempt }) => `${id}:${attempt}`);
  expect(new Set(attempts).size).toBe(attempts.length);
  expect(outcomes.map(({ trial, attempt }) => `${trial}:${attempt}`).sort()).toEqual(attempts.sort());
  const finished = outcomes.filter(({ event }) => event === "finished");
  expect(finished.map(({ trial }) => trial).sort()).toEqual(trials.sort());
  expect(outcomes.filter(({ event }) => event !== "finished").map(({ event }) => event)).toEqual(
    Array.from({ length: outcomes.length - finished.length }, () => "interrupted"),
  );
  expect(await merges()).toEqual(rounds.map((round) => `autoloop: merge round-${round}`).toReversed());
  expect(await sections()).toEqual(rounds.map((round) => `<!-- autoloop:round ${round}`));
  expect(await trainers()).toEqual([]);
}

describe("autoloop loop --rounds 2 --yes", { timeout: LONG }, () => {
  it("proposes, merges, trains and reports two rounds, and git tells all of it", async () => {
    const { loop, git, events } = await open();
    const { exit, stdout, stderr } = await loop(...TWO_ROUNDS);
    expect(exit, stderr).toBe(0);
    expect(stdout).toBe("");
    await expectWholeRounds(TWO, here);

    const kinds = (await events()).map(({ event }) => event);
    const story = ["proposed", "approved", "dispatched", "finished", "collected", "reported"];
    expect(kinds.filter((kind, at) => kind !== kinds[at - 1])).toEqual([...story, ...story]);
    for (const event of await events()) if (event.event === "approved") expect(event.by).toBe("budget");
    const message = await git("log", "-1", "--merges", "--format=%cn%n%B", "main");
    expect(message).toMatch(/^Ana\n/);
    expect(message).toContain("\nApproved-by: budget\n");

    // The work tree was clean, so it shows what was committed.
    expect(await git("status", "--porcelain")).toBe("");
    expect(await readFile(join(here.repo, REPORT), "utf8")).toBe(await here.show(REPORT));
  });

  further("has nothing to do when it is called again, and goes on when more is asked for", async () => {
    // There is no other way to report here, whatever the settings say.
    const { loop, git } = await open({ settings: { report: { via: "pull-request" } } });
    await loop("--rounds", "1", "--yes");
    const before = await git("show-ref");
    const again = await loop("--rounds", "1", "--yes", "--json");
    expect(again.exit, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({
      schema: "autoloop/loop@1",
      end: "done",
      rounds: [{ round: "0001", state: "done" }],
    });
    expect(await git("show-ref")).toBe(before);
    expect((await loop(...TWO_ROUNDS)).exit).toBe(0);
    await expectWholeRounds(TWO, here);
  });

  further("works on a bare repository", async () => {
    const { loop } = await open({ bare: true });
    const { exit, stderr } = await loop(...TWO_ROUNDS);
    expect(exit, stderr).toBe(0);
    await expectWholeRounds(TWO, here);
  });

  it("leaves a work tree with changes exactly as it is, and says how to bring it along", async () => {
    const { loop, git, put, repo } = await open();
    await put("notes.txt", "changed, not staged\n");
    await put("staged.txt", "staged\n");
    await git("add", "staged.txt");
    await put("untracked.txt", "untracked\n");
    const look = async () => [
      await git("ls-files", "--stage"),
      await git("diff-files", "--name-status"),
      await git("ls-files", "--others"),
      await readFile(join(repo, "notes.txt"), "utf8"),
    ];
    const before = await look();
    const { exit, stderr } = await loop("--rounds", "1", "--yes");
    expect(exit, stderr).toBe(0);
    expect(await look()).toEqual(before);
    expect(stderr.match(/has changes that are not committed/g)).toHaveLength(1);

    const [, bring = ""] = /(read-tree -m -u \S+ HEAD)/.exec(stderr) ?? [];
    await git(...bring.split(" "));
    expect(await readFile(join(repo, REPORT), "utf8")).toBe(await here.show(REPORT));
    expect((await git("status", "--porcelain")).split("\n").sort()).toEqual(
      ["", " M notes.txt", "?? untracked.txt", "A  staged.txt"].sort(),
    );
  });
});

describe("who looks at a local loop", { timeout: LONG }, () => {
  it("sees its ledger without a forge: where it stands, and the round that it proposes next; nothing is written", async () => {
    const { begin, loop, git, ask, events } = await open();
    const first = begin(ONE_ROUND, { TINY_STEP_MS: "20" });
    await first.said(/0001a-s42: step 20\/200/);
    const during = await ask("status", "--json");
    expect(during.exit, during.stderr).toBe(0);
    const [training] = JSON.parse(during.stdout).rounds;
    expect(training).toMatchObject({ round: "0001", state: "training" });
    expect(training.trials.map(({ state }: { state: string }) => state)).toEqual(["running", "running"]);
    expect((await first.ended).exit).toBe(0);

    const look = async () => [await git("show-ref"), await git("config", "--local", "--list")];
    const before = await look();
    const after = await ask("status");
    expect(after.exit, after.stderr).toBe(0);
    expect(after.stderr).toContain("Round 0001");
    expect(after.stderr).toContain("No loop works here at the moment");
    const shown = await ask("propose", "--dry-run", "--json");
    expect(shown.exit, shown.stderr).toBe(0);
    expect(await look()).toEqual(before);

    const { manifest } = JSON.parse(shown.stdout);
    await loop("--rounds", "2");
    expect((await events()).findLast(({ event }) => event === "proposed")).toMatchObject({
      round: manifest.round,
      variants: manifest.variants.map(({ id, hash }: { id: string; hash: string }) => ({ id, hash })),
    });
    const open0002 = await ask("propose", "--dry-run", "--json");
    expect(JSON.parse(open0002.stdout)).toMatchObject({ kind: "already-open", round: "0002" });
  });
});

describe("autoloop loop without --yes", { timeout: LONG }, () => {
  it("shows the round and stops; a person's merge is the approval", async () => {
    const { loop, git, events } = await open();
    const shown = await loop("--rounds", "1");
    expect(shown.exit, shown.stderr).toBe(0);
    expect(shown.stderr).toContain("0001a act_fr3_ot_1");
    expect(shown.stderr).toContain("git merge --no-ff autoloop/round-0001");
    expect((await events()).map(({ event }) => event)).toEqual(["proposed"]);
    expect(await here.merges()).toEqual([]);

    await git("merge", "--quiet", "--no-ff", "--no-edit", "autoloop/round-0001");
    expect((await loop("--rounds", "1")).exit).toBe(0);
    const approved = (await events()).find(({ event }) => event === "approved");
    expect(approved).toMatchObject({ by: "Ana" });
    expect(await here.sections()).toHaveLength(1);
  });

  further("takes a deleted branch for a refusal and proposes something else", async () => {
    const { loop, git, events } = await open();
    await loop("--rounds", "1");
    await git("branch", "--quiet", "-D", "autoloop/round-0001");
    const { stderr } = await loop("--rounds", "1");
    expect((await events()).map(({ event }) => event)).toContain("rejected");
    expect(stderr).toMatch(/template|Nothing is left/);
  });
});

describe("a loop of which nothing was trained", { timeout: LONG }, () => {
  further(
    "fails and says so, and tries once more when it is called again after the cause was mended",
    async () => {
      const { begin, loop, events } = await open({ trainer: { env: ["TINY_FAIL_AT"] } });
      const vain = await begin(ONE_ROUND, { TINY_FAIL_AT: "40" }).ended;
      expect(vain.exit, vain.stderr).toBe(1);
      expect(vain.stderr).toContain("No trial of round 0001 was trained to its end");
      const mended = await loop(...ONE_ROUND);
      expect(mended.exit, mended.stderr).toBe(0);
      const finished = (await events()).filter(({ event }) => event === "finished");
      expect(finished).toHaveLength(2);
    },
  );
});

describe("what keeps it from beginning", { timeout: LONG }, () => {
  it.each(["report", "propose"] as const)("mode: %s is a ceiling that --yes does not lift", async (mode) => {
    const { loop, git } = await open({ settings: { mode } });
    const { exit, stderr } = await loop(...TWO_ROUNDS);
    expect(exit).toBe(2);
    expect(stderr).toContain(`mode: ${mode}`);
    expect(stderr).toContain("mode: train");
    expect(await git("branch", "--list", "autoloop/*")).toBe("");
  });

  further("is a budget that is spent: the next round is proposed and not merged", async () => {
    const { loop, merges, git } = await open({ settings: { budget: { gpu_hours: 0.00001 } } });
    const { exit, stdout, stderr } = await loop(...TWO_ROUNDS, "--json");
    expect(exit, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ end: "budget-spent" });
    expect(await merges()).toHaveLength(1);
    expect(await git("branch", "--list", "autoloop/round-0002")).toContain("round-0002");
  });

  further("is the number of rounds of a night: it waits for the next one", async () => {
    const { begin, merges, sections } = await open({ settings: { budget: { rounds_per_night: 1 } } });
    const waiting = begin(TWO_ROUNDS);
    await waiting.said(/waiting: rounds-spent/);
    expect((await waiting.signal("SIGINT")).exit).toBe(1);
    expect([await merges(), await sections()]).toEqual([
      ["autoloop: merge round-0001"],
      ["<!-- autoloop:round 0001"],
    ]);
  });

  further("is another loop in the same repository", async () => {
    const { begin, loop } = await open();
    const first = begin(TWO_ROUNDS, { TINY_STEP_MS: "20" });
    await first.said(/step 20\/200/);
    const second = await loop(...TWO_ROUNDS);
    expect(second.exit).toBe(1);
    expect(second.stderr).toContain("Another loop");
    await first.signal("SIGINT");
  });
});

describe("a loop that is stopped with Ctrl-C", { timeout: LONG }, () => {
  further("ends its trials, says so in the ledger, and the next one goes on there", async () => {
    const { begin, loop, events, trainers } = await open({ slots: 1 });
    const first = begin(ONE_ROUND, { TINY_STEP_MS: "20" });
    await first.said(/0001a-s42: step 20\/200/);
    const { exit, stderr } = await first.signal("SIGINT");
    expect(exit).toBe(1);
    expect(stderr).toContain("The same command goes on");
    expect(await trainers()).toEqual([]);
    const ended = (await events()).filter(isOutcome);
    expect(ended).toMatchObject([{ trial: "0001a-s42", event: "interrupted", reason: "cancelled" }]);
    expect((await events()).some(({ event }) => event === "reported")).toBe(false);

    expect((await loop(...ONE_ROUND)).exit).toBe(0);
    await expectWholeRounds(ONE, here);
    const attempts = (await events()).filter(isOutcome).map(({ trial, attempt }) => `${trial}:${attempt}`);
    expect(attempts).toContain("0001a-s42:2");
    expect(attempts).not.toContain("0001b-s42:2");
  });

  further(
    "is not over where all its trials were interrupted, and nobody has to ask for them again",
    async () => {
      const { begin, loop, events } = await open({ slots: 2 });
      const first = begin(ONE_ROUND, { TINY_STEP_MS: "20" });
      await Promise.all(["0001a", "0001b"].map((id) => first.said(new RegExp(`${id}-s42: step 20/200`))));
      const { stderr } = await first.signal("SIGINT");
      expect(stderr).toContain("Round 0001: not over yet");

      const next = await loop(...ONE_ROUND);
      expect(next.exit, next.stderr).toBe(0);
      expect(next.stderr).toContain("round 0001: it was interrupted; 2 trials go on");
      expect(next.stderr).toContain("Round 0001: done");
      expect((await events()).map(({ event }) => event)).not.toContain("rerun");
      await expectWholeRounds(ONE, here);
    },
  );
});

describe("a loop with little time", { timeout: LONG }, () => {
  const hourIn = (hours: number) =>
    `${new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 13)}:00`;

  further(
    "begins nothing after --wall-time, stops what runs where the settings say so, and goes on next time",
    async () => {
      const { begin, loop, events, trainers } = await open({
        slots: 1,
        settings: { window: { at_end: "stop" } },
      });
      const { exit, stdout, stderr } = await begin([...ONE_ROUND, "--wall-time", "5s", "--json"], {
        TINY_STEP_MS: "60",
      }).ended;
      expect(exit, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ end: "time-over" });
      expect(await trainers()).toEqual([]);
      const ended = (await events()).filter(isOutcome);
      expect(ended.map(({ trial, reason }) => [trial, reason])).toEqual([
        ["0001a-s42", "wall-time"],
        ["0001b-s42", "not-begun"],
      ]);
      expect((await loop(...ONE_ROUND)).exit).toBe(0);
      await expectWholeRounds(ONE, here);
      expect(await here.show(REPORT)).toContain("attempt 1 of 2: interrupted (`wall-time`)");
    },
  );

  it.each(["unattended", "all"])("waits for the hours (%s), and says when they begin", async (applies_to) => {
    const hours = `${hourIn(2)}-${hourIn(4)}`;
    const { begin, merges, ask } = await open({ settings: { window: { hours, applies_to } } });
    const waiting = begin(ONE_ROUND);
    await waiting.said(/waiting: outside-hours/);
    const { stderr } = await waiting.signal("SIGINT");
    expect(stderr).toContain("Stopped.");
    expect(stderr).toContain(hours);
    expect(stderr).not.toContain("waits for its pull request");
    expect(await merges()).toEqual([]);
    const { obstacles } = JSON.parse((await ask("status", "--json")).stdout);
    const kinds = applies_to === "all" ? ["needs-merge", "outside-window"] : ["needs-merge"];
    expect(obstacles.map(({ kind }: { kind: string }) => kind)).toEqual(kinds);
  });
});

describe("a person's merge that approves another round", { timeout: LONG }, () => {
  const settings = { follow_up: { rounds: 1, gpu_hours: 5 }, max_variants: 1, controls: false };
  const merged = async () => {
    const lab = await open({ settings });
    await lab.loop("--rounds", "1");
    await lab.git("merge", "--quiet", "--no-ff", "--no-edit", "autoloop/round-0001");
    return lab;
  };
  const expectBoth = async () => {
    const approved = (await here.events()).flatMap((event) => (event.event === "approved" ? [event] : []));
    expect(approved.map(({ round, by, pull }) => [round, by, pull])).toEqual([
      ["0001", "Ana", 1],
      ["0002", "budget", null],
    ]);
    expect(await here.git("log", "-1", "--format=%B", approved[1]?.merge ?? "")).toContain("Follows: 0001");
    expect(await here.sections()).toHaveLength(2);
  };

  further("is followed by that round without a further merge", async () => {
    const { loop } = await merged();
    const { exit, stderr } = await loop("--rounds", "2");
    expect(exit, stderr).toBe(0);
    await expectBoth();
  });

  further("is followed by it also when that was written down and never committed", async () => {
    const { loop, git, dir, events } = await merged();
    expect((await loop("--rounds", "1")).exit).toBe(0);
    const half: LedgerEvent = {
      ...{
        key: "proposed:0002:000000000000",
        at: "2026-01-05T20:00:00.000Z",
        event: "proposed",
        round: "0002",
      },
      ...{ pull: null, manifest: "0".repeat(64), variants: [], follow_up: null, follows: "0001" },
      ...{ commit: null, base: null, ground: null },
    };
    const work = join(dir, "ledger");
    await git("worktree", "add", "--quiet", work, "autoloop/ledger");
    await appendFile(join(work, "rounds/0002.jsonl"), `${JSON.stringify(half)}\n`);
    await git("-C", work, "add", "--all");
    await git("-C", work, "commit", "--quiet", "--message", "Half a proposal");
    await git("worktree", "remove", work);

    const { exit, stderr } = await loop("--rounds", "2");
    expect(exit, stderr).toBe(0);
    await expectBoth();
    const proposed = (await events()).flatMap((event) => (event.event === "proposed" ? [event] : []));
    expect(proposed.map(({ round, pull }) => [round, pull])).toEqual([
      ["0001", 1],
      ["0002", null],
      ["0002", null],
    ]);
  });

  it.skipIf(!THOROUGH)(`is followed by it when the loop is killed after its commit${SHORTENED}`, async () => {
    const { begin, loop } = await merged();
    const first = begin(["--rounds", "2"]);
    await first.said(/round 0002: follows round 0001/);
    await first.signal("SIGKILL");
    const { exit, stderr } = await loop("--rounds", "2");
    expect(exit, stderr).toBe(0);
    await expectBoth();
  });
});

describe("a loop that is killed", { timeout: LONG }, () => {
  const moments: [string, RegExp][] = [
    ["between merge and approval", /round 0001: merged/],
    ["in the middle of training", /0001[ab]-s42: step 60\/200/],
    ["when it has proposed", /round 0001: proposed/],
    ["when it has claimed trials", /round 0001: training 0001-\w+ started/],
    ["when one trial has ended", /0001[ab]-s42 \(attempt 1\): finished/],
    ["when it has reported", /round 0001: reported/],
  ];
  it.each(THOROUGH ? moments : moments.slice(0, 2))(
    "%s: the next one trains nothing twice",
    async (_moment, line) => {
      const { begin, loop } = await open();
      const first = begin(ONE_ROUND, { TINY_STEP_MS: "4" });
      await first.said(line);
      await first.signal("SIGKILL");
      const { exit, stderr } = await loop(...ONE_ROUND);
      expect(exit, stderr).toBe(0);
      await expectWholeRounds(ONE, here);
    },
  );

  it.skipIf(!THOROUGH)(
    `again and again${SHORTENED}: two whole rounds all the same, and a clean work tree`,
    async () => {
      const { begin, git } = await open();
      for (let kills = 0; kills < 15; kills++) {
        const attempt = begin(TWO_ROUNDS, { TINY_STEP_MS: "1" });
        const late = setTimeout(() => void attempt.signal("SIGKILL"), 350 + 131 * (kills % 9));
        const { exit, stderr } = await attempt.ended;
        clearTimeout(late);
        if (exit === 0) break;
        // Killed processes say nothing; whatever else ends one early is a mistake.
        expect(exit, stderr).toBe(-1);
      }
      const last = await begin(TWO_ROUNDS).ended;
      expect(last.exit, last.stderr).toBe(0);
      await expectWholeRounds(TWO, here);
      expect(await git("status", "--porcelain")).toBe("");
    },
  );
});
