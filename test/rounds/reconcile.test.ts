import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { reconcile } from "../../src/rounds/reconcile.ts";
import { HEAD, history, NO_LIMITS, observed, say } from "./fixtures.ts";

const first = { id: "0001a-s42", attempt: 1 };
const claimed = [say.proposed("0001"), say.approved("0001"), say.dispatched("0001-00000001", [first])];
const finished = [...claimed, say.ended("finished", "0001a-s42")];
const reported = [...finished, say.reported("0001", ["0001a-s42:1"])];

describe("reconcile", () => {
  it("proposes where there is nothing yet", () => {
    expect(reconcile(observed([]))).toEqual([{ due: "propose" }]);
  });

  it("proposes nothing while a round waits for its reviewers", () => {
    expect(reconcile(observed([say.proposed("0001")], { pulls: new Map([["0001", "open"]]) }))).toEqual([]);
  });

  it("asks who merged when a manifest is on the default branch", () => {
    const due = reconcile(observed([say.proposed("0001")], { merged: new Set(["0001"]) }));
    expect(due).toEqual([{ due: "judge-approval", round: "0001" }]);
  });

  it("asks even for a manifest that was never proposed: it may have been pushed directly", () => {
    expect(reconcile(observed([], { merged: new Set(["0001"]) }))).toEqual([
      { due: "judge-approval", round: "0001" },
    ]);
  });

  it("takes a round that was closed without merge as rejected", () => {
    const due = reconcile(observed([say.proposed("0001")], { pulls: new Map([["0001", "closed"]]) }));
    expect(due).toEqual([{ due: "reject", round: "0001", pull: 7 }]);
  });

  it("proposes nothing after a refusal until somebody asks for it", () => {
    const rejected: LedgerEvent = {
      key: "rejected:0001",
      at: "2026-01-05T20:30:00.000Z",
      event: "rejected",
      round: "0001",
      pull: 7,
    };
    const asked: LedgerEvent = {
      key: "comment:3",
      at: "2026-01-05T20:40:00.000Z",
      event: "propose-requested",
      by: "ana",
    };
    const closed = [say.proposed("0001"), rejected];
    expect(reconcile(observed(closed))).toEqual([]);
    expect(reconcile(observed([...closed, asked]))).toEqual([{ due: "propose" }]);
  });

  it("claims and proposes nothing while the loop is paused, and reports", () => {
    const paused: LedgerEvent = {
      key: "comment:4",
      at: "2026-01-05T20:40:00.000Z",
      event: "paused",
      by: "ana",
      reason: null,
    };
    const resumed: LedgerEvent = {
      key: "comment:5",
      at: "2026-01-05T20:50:00.000Z",
      event: "resumed",
      by: "ana",
    };
    const approved = [say.proposed("0001"), say.approved("0001"), paused];
    expect(reconcile(observed(approved))).toEqual([]);
    expect(reconcile(observed([...approved, resumed]))).toMatchObject([{ due: "claim" }]);
    expect(reconcile(observed([...finished, paused]))).toMatchObject([{ due: "report" }]);
    expect(reconcile(observed([...reported, paused]))).toEqual([]);
  });

  it("claims the trials of an approved round in their order", () => {
    const due = reconcile(observed([say.proposed("0001"), say.approved("0001", ["1", "2"])]));
    expect(due).toEqual([{ due: "claim", round: "0001", trials: [first, { id: "0001b-s42", attempt: 1 }] }]);
  });

  it("claims nothing unless settings say train", () => {
    const approved = [say.proposed("0001"), say.approved("0001")];
    expect(reconcile(observed(approved, { mode: "propose" }))).toEqual([]);
  });

  it("claims nothing while hours or budget hold the round up", () => {
    const approved = [say.proposed("0001"), say.approved("0001")];
    const hours = { start: 22 * 60, end: 8 * 60, timeZone: "UTC" };
    const rules = { ...NO_LIMITS, hours, hoursApplyTo: "all" as const };
    expect(reconcile(observed(approved, { rules, now: "2026-01-05T21:00:00.000Z" }))).toEqual([]);
    expect(reconcile(observed(approved, { rules, now: "2026-01-05T22:00:00.000Z" }))).toMatchObject([
      { due: "claim" },
    ]);
  });

  it("waits while the workflow run is queued or running", () => {
    for (const view of ["queued", "running"] as const) {
      expect(reconcile(observed(claimed, { dispatches: new Map([["0001-00000001", view]]) }))).toEqual([]);
    }
  });

  it("starts a claim again whose workflow run never appeared, but not at once", () => {
    expect(reconcile(observed(claimed))).toEqual([
      { due: "start", round: "0001", dispatch: "0001-00000001", trials: ["0001a-s42"] },
    ]);
    expect(reconcile(observed(claimed, { now: "2026-01-05T20:01:00.000Z" }))).toEqual([]);
  });

  it("gives attempts up whose workflow run is over", () => {
    const [due] = reconcile(observed(claimed, { dispatches: new Map([["0001-00000001", "completed"]]) }));
    expect(due).toMatchObject({ due: "give-up", lost: [{ trial: "0001a-s42", attempt: 1 }] });
  });

  it("reports a round when its last attempt has ended, once", () => {
    expect(reconcile(observed(finished))).toMatchObject([{ due: "report", round: "0001" }]);
    expect(reconcile(observed(reported))).toEqual([{ due: "propose" }]);
  });

  it("runs a trial again that a person asked for, and reports that too", () => {
    const asked = [...reported, say.rerun("0001", [{ id: "0001a-s42", attempt: 2 }])];
    const again = { id: "0001a-s42", attempt: 2 };
    expect(reconcile(observed(asked))).toEqual([{ due: "claim", round: "0001", trials: [again] }]);
    const done = [...asked, say.dispatched("0001-00000002", [again]), say.ended("invalid", "0001a-s42", 2)];
    expect(reconcile(observed(done))).toMatchObject([{ due: "report", attempts: [{ attempt: 2 }] }]);
  });

  it("does not train what another round finished with the same configuration, seed and steps", () => {
    const twin = [...reported, say.proposed("0002", 8), say.approved("0002", ["1", "2"], 8)];
    expect(reconcile(observed(twin))).toEqual([
      { due: "claim", round: "0002", trials: [{ id: "0002b-s42", attempt: 1 }] },
    ]);
  });

  it("gives the same answer in whatever order and however often events were written", () => {
    const story: LedgerEvent[] = [...reported, say.proposed("0002", 8), say.approved("0002", ["2"], 8)];
    const expected = reconcile(observed(story));
    fc.assert(
      fc.property(fc.shuffledSubarray(story, { minLength: 0 }), (echoes) => {
        expect(reconcile(observed([...story, ...echoes]))).toEqual(expected);
      }),
    );
  });

  it("takes a listed outcome as reported, whatever the clocks of the machines said", () => {
    const ahead = finished.map((event) =>
      event.event === "finished" ? { ...event, at: "2030-01-01T00:00:00.000Z" } : event,
    );
    const section = say.reported("0001", ["0001a-s42:1"]);
    expect(reconcile(observed([...ahead, section]))).toEqual([{ due: "propose" }]);
  });

  it("reports again when the truth replaced a guess after the section, and once", () => {
    const guess = { ...say.ended("interrupted", "0001a-s42"), reason: "lost" };
    const story = [...claimed, guess, say.reported("0001", ["0001a-s42:1"]), ...finished.slice(-1)];
    expect(reconcile(observed(story))).toMatchObject([{ due: "report" }]);
    const again = { ...say.reported("0001", ["0001a-s42:1"]), key: "reported:0001:again" };
    expect(reconcile(observed([...story, again]))).toEqual([{ due: "propose" }]);
  });

  it("begins nothing more of a follow-up whose commit was undone", () => {
    const followed: LedgerEvent[] = [say.proposed("0001"), say.approved("0001")].map((event) =>
      event.event === "approved" ? { ...event, pull: null, by: "budget" } : event,
    );
    expect(reconcile(observed(followed, { merged: new Set() }))).toEqual([{ due: "propose" }]);
  });

  describe("looks after an open round", () => {
    const ELSE = "9".repeat(40);
    const OTHER_GROUND = "9".repeat(64);
    const refresh = [{ due: "refresh", round: "0001", pull: 7 }];
    const proposed = say.proposed("0001");
    const unrecorded = proposed.event === "proposed" ? { ...proposed, ground: null } : proposed;
    it.each([
      ["whose branch is another one than it saw", proposed, { head: ELSE }, refresh],
      ["not where all is as it was", proposed, {}, []],
      ["whose default branch moved under it", proposed, { base: ELSE, ground: OTHER_GROUND }, refresh],
      ["not where the default branch moved beside it", proposed, { base: ELSE }, []],
      ["not where only the settings read otherwise for one job", proposed, { ground: OTHER_GROUND }, []],
      ["whose ground was not recorded, when anything moves", unrecorded, { base: ELSE }, refresh],
    ])("%s", (_, event, { head = HEAD, ...seen }: { head?: string; base?: string; ground?: string }, due) => {
      const open = { pulls: new Map([["0001", "open" as const]]), heads: new Map([["0001", head]]) };
      expect(reconcile(observed([event], { ...open, ...seen }))).toEqual(due);
    });
  });

  it("is content with a branch that was looked after since", () => {
    const seen = [say.proposed("0001"), say.refreshed("0001", "9".repeat(40))];
    const heads = new Map([["0001", "9".repeat(40)]]);
    expect(reconcile(observed(seen, { pulls: new Map([["0001", "open"]]), heads }))).toEqual([]);
  });

  it("takes a skipped variant out of an open round, once", () => {
    const skipped = [say.proposed("0001"), say.skipped("0001", "0001a", "1")];
    const open = { pulls: new Map([["0001", "open" as const]]), heads: new Map([["0001", HEAD]]) };
    expect(reconcile(observed(skipped, open))).toMatchObject([{ due: "refresh" }]);
    const dropped = [...skipped, say.refreshed("0001", HEAD, ["0001a"])];
    expect(reconcile(observed(dropped, open))).toEqual([]);
  });

  it("judges a merge whose manifest is gone already", () => {
    const due = reconcile(observed([say.proposed("0001")], { pulls: new Map([["0001", "merged"]]) }));
    expect(due).toEqual([{ due: "judge-approval", round: "0001" }]);
  });

  it("begins nothing of a round whose merge was undone, goes on when it is back, and does not wait for it", () => {
    const approved = [say.proposed("0001"), say.approved("0001")];
    expect(reconcile(observed(approved, { merged: new Set() }))).toEqual([{ due: "propose" }]);
    expect(reconcile(observed(approved))).toMatchObject([{ due: "claim" }]);
  });
});

/** Every state that a round can be in, by what the ledger, the forge and its workflow runs show. */
describe("what is due of one round", () => {
  const ledgers = {
    nothing: [],
    proposed: [say.proposed("0001")],
    rejected: [say.proposed("0001"), say.rejected("0001")],
    refused: [say.proposed("0001"), say.refused("0001")],
    approved: [say.proposed("0001"), say.approved("0001")],
    claimed,
    finished,
    failed: [...claimed, say.ended("failed", "0001a-s42")],
    interrupted: [...claimed, say.ended("interrupted", "0001a-s42")],
    reported,
  } as const;
  type Ledger = keyof typeof ledgers;
  type State = readonly [Ledger, "none" | "open" | "closed" | "merged", boolean, "train" | "propose", string];

  it.each<State>([
    ["nothing", "none", false, "train", "propose"],
    ["nothing", "none", false, "propose", "propose"],
    ["nothing", "none", true, "train", "judge-approval"],
    ["proposed", "open", false, "train", ""],
    ["proposed", "open", true, "train", "judge-approval"],
    ["proposed", "closed", false, "train", "reject"],
    ["proposed", "closed", true, "train", "judge-approval"],
    ["proposed", "merged", true, "train", "judge-approval"],
    ["proposed", "merged", false, "train", "judge-approval"],
    ["proposed", "merged", true, "propose", "judge-approval"],
    ["rejected", "none", false, "train", ""],
    ["rejected", "none", true, "train", "judge-approval"],
    ["refused", "none", true, "train", "propose"],
    ["refused", "none", false, "train", "propose"],
    ["approved", "none", true, "train", "claim"],
    ["approved", "none", true, "propose", ""],
    ["approved", "none", false, "train", "propose"],
    ["claimed", "none", true, "train", "start"],
    ["claimed", "none", false, "train", "start"],
    ["claimed", "none", true, "propose", ""],
    ["finished", "none", true, "train", "report"],
    ["finished", "none", false, "train", "report"],
    ["finished", "none", true, "propose", "report"],
    ["failed", "none", true, "train", "claim"],
    ["failed", "none", true, "propose", "report"],
    ["failed", "none", false, "train", "report"],
    ["interrupted", "none", true, "train", "claim"],
    ["interrupted", "none", false, "train", "report"],
    ["reported", "none", true, "train", "propose"],
    ["reported", "none", false, "train", "propose"],
    ["reported", "none", true, "propose", "propose"],
  ])(
    "ledger: %s, pull request: %s, manifest on main: %s, mode: %s → %s",
    (ledger, pull, merged, mode, expected) => {
      const due = reconcile(
        observed(ledgers[ledger], {
          mode,
          merged: new Set(merged ? ["0001"] : []),
          pulls: new Map(pull === "none" ? [] : [["0001", pull]]),
          heads: new Map([["0001", HEAD]]),
        }),
      );
      expect(due.map((piece) => piece.due).join()).toBe(expected);
    },
  );

  it.each(Object.keys(ledgers) as Ledger[])("%s, while somebody has paused: nothing begins", (ledger) => {
    const paused = [...ledgers[ledger], say.paused()];
    const due = reconcile(observed(paused, { merged: new Set(["0001"]) })).map((piece) => piece.due);
    expect(due).not.toContain("claim");
    expect(due).not.toContain("propose");
  });

  it.each([
    ["queued", ""],
    ["running", ""],
    ["completed", "give-up"],
  ] as const)("claimed, its workflow run %s → %s", (view, expected) => {
    const due = reconcile(observed(claimed, { dispatches: new Map([["0001-00000001", view]]) }));
    expect(due.map((piece) => piece.due).join()).toBe(expected);
  });

  it("nothing of a state is due any more when its events are there, whatever else is lost", () => {
    const heard = history(...reported);
    fc.assert(
      fc.property(fc.subarray([...reported]), (lost) => {
        const known = reconcile(observed([...lost, ...reported]));
        expect(known).toEqual(reconcile(observed(reported)));
        expect(heard.rounds.get("0001")?.state).toBe("approved");
      }),
    );
  });
});
