import { afterEach, describe, expect, it } from "vitest";
import { type EventOf, isOutcome, type LedgerEvent } from "../../src/rounds/events.ts";
import { type Lab, lab } from "./programs.ts";
import { further, SHORTENED, THOROUGH } from "./thorough.ts";

const CONFIGS = "src/lerobot/scripts/train_config";
const REPORT = `${CONFIGS}/reports/act_ot.md`;
const manifestOf = (round: string) => `${CONFIGS}/reports/data/rounds/${round}.json`;
const LONG = 170_000;

let here: Lab;
afterEach(() => here.close());

/** A lab whose rounds approve two more, and which has merged the first one. */
async function merged(
  changes: Readonly<Record<string, unknown>> = {},
  {
    settings = {},
    before,
  }: { settings?: Readonly<Record<string, string>>; before?: () => Promise<void> } = {},
): Promise<readonly LedgerEvent[]> {
  const followUp = { rounds: 2, gpu_hours: 10, nights: 1, patience: 2, ...changes };
  here = await lab({
    templates: 2,
    trainer: { steps: 200, eval_freq: 100, log_freq: 20 },
    settings: { follow_up: JSON.stringify(followUp), max_variants: "1", controls: "false", ...settings },
  });
  await here.github.deliver("schedule");
  await here.github.idle();
  await before?.();
  await here.people.merge("ana", 1);
  await here.github.idle();
  return here.events();
}

function named<Name extends LedgerEvent["event"]>(events: readonly LedgerEvent[], name: Name) {
  return events.filter((event): event is EventOf<Name> => event.event === name);
}

describe("one merge that approves two more rounds", { timeout: LONG }, () => {
  further(
    "leads to three trained rounds, each with its own commit, manifest and section, and no further merge",
    async () => {
      const events = await merged();
      const approved = named(events, "approved");
      expect(approved.map(({ round, by, pull }) => [round, by, pull])).toEqual([
        ["0001", "ana", 1],
        ["0002", "budget", null],
        ["0003", "budget", null],
      ]);
      // Written down before it was committed, and approved with the very bytes of the commit.
      for (const { round, manifest, merge } of approved.slice(1)) {
        const proposed = named(events, "proposed").find((event) => event.round === round);
        expect(proposed).toMatchObject({ pull: null, follows: "0001", manifest });
        const touched = await here.git("log", "--format=%H%n%B", "-1", "main", "--", manifestOf(round));
        expect(touched).toContain(merge);
        expect(touched).toContain(`autoloop: follow up round-${round}`);
        expect(touched).toContain("Follows: 0001");
      }
      const finished = events.filter(isOutcome).filter(({ event }) => event === "finished");
      expect(new Set(finished.map(({ round }) => round))).toEqual(new Set(["0001", "0002", "0003"]));

      const report = await here.show(REPORT);
      for (const round of ["0001", "0002", "0003"]) expect(report).toContain(`<!-- autoloop:round ${round} `);
      expect(report).toContain("Follow-up 1 of 2 that the merge of round 0001 approved beforehand.");
      expect(report).toContain("No more follow: all approved rounds were begun.");

      // Nobody merged anything else, and the next round has to be merged again.
      const merges = [...here.github.state.pulls.values()].filter(({ mergedBy }) => mergedBy !== null);
      expect(merges).toHaveLength(1);
      expect(here.openPull()?.headRef).toBe("autoloop/round-0004");
      expect(merges[0]?.body).toMatch(/\| `ot.loss_config.reg` +\| +[\d.]+ \| +[\d.]+ \|/);
      expect(merges[0]?.body).toContain("Merging also approves further rounds");
    },
  );

  it.skipIf(!THOROUGH)(`ends when its patience does, and says so${SHORTENED}`, async () => {
    const events = await merged({ rounds: 5, patience: 1 });
    const reported = named(events, "reported").filter(({ round }) => round !== "0001");
    expect(reported.at(-1)?.gain).not.toBe(true);
    for (const { gain } of reported.slice(0, -1)) expect(gain).toBe(true);
    expect(await here.show(REPORT)).toContain(
      "No more follow: the last ones brought no gain beyond the noise.",
    );
    expect(here.openPull()).toBeDefined();
  });
});

describe.skipIf(!THOROUGH)(`a default branch that takes no commits${SHORTENED}`, { timeout: LONG }, () => {
  it("ends what was approved beforehand, says so, and lets the next round be merged", async () => {
    const protect = async () => {
      here.github.faults.push({
        method: "PATCH",
        path: /git\/refs\/heads(%2F|\/)main$/,
        times: 99,
        status: 422,
        body: { message: "Repository rule violations found: Changes must be made through a pull request." },
      });
    };
    const events = await merged({}, { before: protect });
    expect(named(events, "campaign-ended")).toMatchObject([{ round: "0001", reason: "branch-protected" }]);
    expect(named(events, "refused")).toMatchObject([{ round: "0002", reason: "campaign-over" }]);
    expect(named(events, "approved").map(({ round }) => round)).toEqual(["0001"]);
    const open = [...here.github.state.pulls.values()].filter(({ state }) => state === "open");
    expect(open.map(({ headRef }) => headRef).sort()).toEqual(["autoloop/report", "autoloop/round-0003"]);
  });
});

/** Writes more into the round's manifest than its reviewers are shown. */
async function widen(): Promise<void> {
  const manifest = JSON.parse(await here.show(manifestOf("0001"), "autoloop/round-0001"));
  manifest.follow_up = { ...manifest.follow_up, rounds: 20, gpu_hours: 999 };
  manifest.follow_up.bounds["ot.loss_config.reg"] = { min: 0, max: 1000 };
  await here.pushFiles("autoloop/round-0001", { [manifestOf("0001")]: JSON.stringify(manifest) });
}

describe("somebody who pushes where further rounds are approved", { timeout: LONG }, () => {
  further(
    "approves and launches nothing by that, and what was merged goes on under another number",
    async () => {
      const held = { budget: JSON.stringify({ rounds_per_night: 1 }) };
      const before = await merged({ rounds: 1 }, { settings: held, before: widen });
      expect(named(before, "approved")).toMatchObject([{ follow_up: { rounds: 1, gpu_hours: 10 } }]);
      expect(named(before, "approved")[0]?.follow_up?.bounds["ot.loss_config.reg"]?.max).toBeLessThan(1000);
      expect(here.openPull()).toBeUndefined();

      const forged = JSON.parse(await here.show(manifestOf("0001")));
      const [variant] = forged.variants;
      forged.round = "0002";
      forged.variants = [{ ...variant, id: "0002a", seeds: [1, 2, 3, 4] }];
      await here.pushFiles("main", { [manifestOf("0002")]: `${JSON.stringify(forged, null, 2)}\n` });
      await here.github.idle();
      await here.github.deliver("schedule");
      await here.github.idle();
      const after = await here.events();
      expect(named(after, "refused")).toMatchObject([{ round: "0002", reason: "no-pull-request" }]);
      expect(named(after, "dispatched").map(({ round }) => round)).toEqual(["0001"]);

      // The night's limit is lifted by a commit of the settings: the approved round comes, past the forged one.
      const settings = await here.show(".github/autoloop.yml");
      await here.pushFiles("main", { ".github/autoloop.yml": settings.replace(/^budget:.*$/m, "") });
      await here.github.deliver("schedule");
      await here.github.idle();
      const approved = named(await here.events(), "approved");
      expect(approved.map(({ round, by }) => [round, by])).toEqual([
        ["0001", "ana"],
        ["0003", "budget"],
      ]);
    },
  );
});
