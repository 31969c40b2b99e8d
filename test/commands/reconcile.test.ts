import { describe, expect, it } from "vitest";
import { reconcileAll } from "../../src/commands/reconcile.ts";
import { record } from "../../src/commands/record.ts";
import { lookAround } from "../../src/commands/world.ts";
import type { House } from "../../src/house.ts";
import { CONFIGS, lab, settings } from "./memory-lab.ts";

const WITH_RUNS: House["settings"] = {
  ...settings,
  source: { ...settings.source, select: { ...settings.source.select, tags: ["night"] } },
};

describe("reconcileAll", () => {
  it("does all else when one piece fails, and fails in the end", async () => {
    const { house, forge, push, sent } = lab();
    expect((await reconcileAll(house)).done).toEqual(["propose: opened"]);
    push("autoloop/round-0001", { "README.md": "mine" });
    const world = await lookAround(house);
    await record(house, world, { events: [{ key: "comment:1", event: "paused", by: "ana", reason: null }] });
    const broken = { ...forge.reader, commit: () => Promise.reject(new Error("no answer")) };
    await expect(reconcileAll({ ...house, forge: { ...forge, reader: broken } })).rejects.toThrow(
      "no answer",
    );
    expect(sent.at(-1)).toContain("paused by ana");
    expect((await reconcileAll(house)).done).toEqual(["refresh 0001"]);
  });

  it("asks once for the workflow runs while something trains, also for what it shows", async () => {
    const { house, forge, merge } = lab();
    await reconcileAll(house);
    merge(1);
    await reconcileAll(house);
    let asked = 0;
    const runs = () => {
      asked += 1;
      return forge.workflows.runs();
    };
    const counted = { ...forge, workflows: { ...forge.workflows, runs } };
    expect((await reconcileAll({ ...house, forge: counted })).done).toEqual([]);
    expect(asked).toBe(1);
  });

  describe("with the branch of a proposal that an interrupted attempt left behind", () => {
    async function interrupted() {
      const here = lab();
      here.crashAt({ write: 2, when: "before" });
      await expect(reconcileAll(here.house)).rejects.toThrow("crash");
      here.crashAt(null);
      const branch = "autoloop/round-0001";
      const head = () => here.forge.reader.head(branch);
      const later: House = { ...here.house, now: () => new Date("2026-01-05T21:00:00.000Z") };
      return { ...here, house: later, branch, head, left: await head() };
    }

    it("takes it as it is where it is what would be committed now", async () => {
      const { house, head, left, pulls } = await interrupted();
      expect((await reconcileAll(house)).done).toEqual(["propose: opened"]);
      expect(left).not.toBeNull();
      expect(await head()).toBe(left);
      expect((await lookAround(house)).history.rounds.get("0001")?.proposed).toMatchObject({ commit: left });
      expect((await reconcileAll(house)).done).toEqual([]);
      expect(pulls.size).toBe(1);
    });

    it("commits anew where somebody else committed the very same", async () => {
      const { house, head, left, forge } = await interrupted();
      const people = { ...forge.people, me: async () => "another[bot]" };
      await reconcileAll({ ...house, forge: { ...forge, people } });
      expect(await head()).not.toBe(left);
      expect((await forge.reader.commit((await head()) ?? ""))?.parents).toContain(left);
    });

    it.each([
      ["the default branch moved", "main", { "README.md": "moved" }],
      ["somebody pushed to it", "autoloop/round-0001", { "README.md": "mine" }],
    ])("commits anew where %s", async (_, pushed, files) => {
      const { house, head, left, push, forge, branch, text } = await interrupted();
      push(pushed, files);
      expect((await reconcileAll(house)).done).toEqual(["propose: opened"]);
      expect(await head()).not.toBe(left);
      const main = await forge.reader.head("main");
      expect((await forge.reader.commit((await head()) ?? ""))?.parents).toContain(main);
      expect(text(branch, "README.md")).toBe(text("main", "README.md"));
    });
  });

  it("leaves an open round alone while the default branch moves beside it", async () => {
    const { house, forge, push } = lab();
    await reconcileAll(house);
    const ledger = await house.ledger.head();
    const noted = { ...forge.reader, tree: counting(forge.reader.tree) };
    push("main", { "README.md": "moved", "src/lerobot/policies/act.py": "moved" });
    const result = await reconcileAll({ ...house, forge: { ...forge, reader: noted } });
    expect(result.done).toEqual([]);
    expect(await house.ledger.head()).toBe(ledger);
    expect(noted.tree.times).toBe(1);
    push("main", { [`${CONFIGS}/act_fr3_ot_new.json`]: "{}" });
    expect((await reconcileAll(house)).done).toEqual(["refresh 0001"]);
    push("main", { "README.md": "moved again" });
    expect((await reconcileAll(house)).done).toEqual([]);
  });

  it("looks after a branch that a person pushed to whatever moves: they may have changed the same file", async () => {
    const { house, push } = lab();
    await reconcileAll(house);
    push("autoloop/round-0001", { "README.md": "mine" });
    expect((await reconcileAll(house)).done).toEqual(["refresh 0001"]);
    push("main", { "README.md": "theirs" });
    expect((await reconcileAll(house)).done).toEqual(["refresh 0001"]);
    expect((await reconcileAll(house)).done).toEqual([]);
  });

  it("takes stock once where nothing is to be gained, and again when anything moved that counts", async () => {
    const here = lab();
    const read = counting(async () => ({ runs: [], warnings: [], source: "W&B" }));
    let now = "2026-01-05T20:00:00.000Z";
    const house: House = { ...here.house, settings: WITH_RUNS, cloud: { read }, now: () => new Date(now) };
    await reconcileAll(house);
    const pull = here.pulls.get(1);
    if (pull) here.pulls.set(1, { ...pull, state: "closed" });
    await reconcileAll(house);
    const wanted = async (key: string) =>
      record(house, await lookAround(house), { events: [{ key, event: "propose-requested", by: "ana" }] });
    const looks = async () => {
      const before = read.times;
      const { proposal } = await reconcileAll(house);
      expect(proposal).toEqual({ kind: "no-results" });
      return read.times - before;
    };
    now = "2026-01-05T20:10:00.000Z";
    await wanted("comment:1");
    expect([await looks(), await looks()]).toEqual([1, 0]);
    here.push("main", { "README.md": "moved" });
    expect(await looks()).toBe(0);
    here.push("main", { [`${CONFIGS}/notes.md`]: "moved" });
    expect([await looks(), await looks()]).toEqual([1, 0]);
    await wanted("comment:2");
    expect([await looks(), await looks()]).toEqual([1, 0]);
    now = "2026-01-06T20:10:00.000Z";
    expect([await looks(), await looks()]).toEqual([1, 0]);
  });
});

/** The same function, and how often it was called. */
function counting<Arguments extends unknown[], Result>(act: (...given: Arguments) => Promise<Result>) {
  const counted = Object.assign(
    (...given: Arguments) => {
      counted.times += 1;
      return act(...given);
    },
    { times: 0 },
  );
  return counted;
}
