import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { effectOf, seedSequence } from "../../src/rounds/command-effect.ts";
import { parseCommentCommand } from "../../src/rounds/comment-command.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { dueTrials, RETRIES } from "../../src/rounds/trials.ts";
import { history, say } from "./fixtures.ts";

const AT = "2026-01-05T20:00:00.000Z";
const LATER = new Date("2026-01-06T00:00:00.000Z");
const proposed = say.proposed("0001");
const approved = [proposed, say.approved("0001", ["1", "2", "3"])];
const claimed = (...ids: readonly string[]) => [
  ...approved,
  say.dispatched(
    "0001-00000001",
    ids.map((id) => ({ id, attempt: 1 })),
  ),
];
const by = { by: "bob", at: AT } as const;
const stopped = (id: string, attempt: number): LedgerEvent => ({
  key: `comment:${id}${attempt}`,
  event: "stop-requested",
  round: "0001",
  trials: [{ id, attempt }],
  ...by,
});
const skipped = (digit: string): LedgerEvent => ({
  key: "comment:skip",
  event: "skipped",
  round: "0001",
  variants: [{ id: "0001b", hash: digit.repeat(64) }],
  ...by,
});
const paused: LedgerEvent = { key: "comment:pause", event: "paused", reason: null, ...by };

/** What a comment comes to. */
function effect(events: readonly LedgerEvent[], line: string, round = "0001") {
  const known = history(...events);
  const command = parseCommentCommand(line);
  const own = known.rounds.get(round);
  if (!command || !own) throw new Error(line);
  return effectOf(command, {
    history: known,
    round: own,
    key: "comment:9",
    by: "ana",
    retries: RETRIES,
    seeds: [42, 87, 123],
  });
}

function trialsOf(events: readonly LedgerEvent[], line: string) {
  const found = effect(events, line);
  if (found.kind !== "event" || !("trials" in found.event)) throw new Error(JSON.stringify(found));
  return found.event.trials;
}

function because(events: readonly LedgerEvent[], line: string) {
  const found = effect(events, line);
  return found.kind === "declined" ? found.because.kind : found;
}

/** What is due after the command. */
function dueAfter(events: readonly LedgerEvent[], line: string) {
  const found = effect(events, line);
  if (found.kind !== "event") throw new Error(JSON.stringify(found));
  const event: LedgerEvent = { ...found.event, at: AT };
  const known = history(...events, event);
  const round = known.rounds.get("0001");
  return round ? dueTrials(round, { history: known, retries: RETRIES, now: LATER }) : [];
}

const mixed = [
  ...claimed("0001a-s42", "0001b-s42", "0001c-s42"),
  say.ended("finished", "0001a-s42"),
  say.ended("failed", "0001b-s42"),
];

describe("/rerun", () => {
  it("without names takes what failed or was interrupted, not what finished or is under way", () => {
    expect(trialsOf(mixed, "/rerun")).toEqual([{ id: "0001b-s42", attempt: 2 }]);
  });

  it("without names takes none that turned out to have ended for good before its next attempt was left", () => {
    const late = [
      ...mixed,
      say.dispatched("0001-00000009", [{ id: "0001a-s42", attempt: 2 }]),
      Object.assign(say.ended("interrupted", "0001a-s42", 2), { reason: "not-begun" }),
    ];
    expect(trialsOf(late, "/rerun")).toEqual([{ id: "0001b-s42", attempt: 2 }]);
    expect(trialsOf(late, "/rerun a")).toEqual([{ id: "0001a-s42", attempt: 3 }]);
  });

  it("takes a finished trial only when it is named", () => {
    expect(trialsOf(mixed, "/rerun a")).toEqual([{ id: "0001a-s42", attempt: 2 }]);
    expect(dueAfter(mixed, "/rerun a")).toContainEqual({ id: "0001a-s42", attempt: 2 });
  });

  it("never doubles what is under way", () => {
    expect(because(mixed, "/rerun c")).toBe("nothing-to-rerun");
    expect(trialsOf(mixed, "/rerun b c")).toEqual([{ id: "0001b-s42", attempt: 2 }]);
  });

  it("needs the merge, a name of this round, and no skip", () => {
    expect(because([proposed], "/rerun")).toBe("merge-first");
    expect(because(mixed, "/rerun 0002a")).toBe("nothing-to-rerun");
    expect(because([...mixed, skipped("2")], "/rerun b")).toBe("is-skipped");
  });

  it("brings back what was stopped, begun or not", () => {
    const waiting = [...approved, stopped("0001a-s42", 1)];
    expect(dueAfter(waiting, "/rerun a")).toContainEqual({ id: "0001a-s42", attempt: 2 });
    const twice = [...waiting, stopped("0001a-s42", 2)];
    expect(dueAfter(twice, "/rerun a")).toContainEqual({ id: "0001a-s42", attempt: 3 });
  });

  it("at another seed trains every variant there, or the one that is named", () => {
    expect(trialsOf(mixed, "/rerun --seed 7").map(({ id }) => id)).toEqual([
      "0001a-s7",
      "0001b-s7",
      "0001c-s7",
    ]);
    expect(dueAfter(mixed, "/rerun c --seed 7")).toContainEqual({ id: "0001c-s7", attempt: 1 });
    expect(trialsOf(mixed, "/rerun a --seed 42")).toEqual([{ id: "0001a-s42", attempt: 2 }]);
  });
});

describe("/stop", () => {
  it("means what runs and what would begin next", () => {
    const events = [
      ...mixed.filter(({ key }) => !key.startsWith("dispatched")),
      ...claimed("0001a-s42").slice(-1),
    ];
    expect(trialsOf(events, "/stop")).toEqual([
      { id: "0001b-s42", attempt: 1 },
      { id: "0001c-s42", attempt: 1 },
    ]);
    expect(trialsOf(mixed, "/stop")).toEqual([
      { id: "0001c-s42", attempt: 1 },
      { id: "0001b-s42", attempt: 2 },
    ]);
    expect(dueAfter(mixed, "/stop")).toEqual([]);
  });

  it("keeps to the names", () => {
    expect(trialsOf(mixed, "/stop c")).toEqual([{ id: "0001c-s42", attempt: 1 }]);
    expect(trialsOf(mixed, "/stop 0001b-s42")).toEqual([{ id: "0001b-s42", attempt: 2 }]);
    expect(because(mixed, "/stop a")).toBe("nothing-to-stop");
  });

  it("may be said again while the trial still runs", () => {
    expect(trialsOf([...mixed, stopped("0001c-s42", 1)], "/stop c")).toHaveLength(1);
  });

  it("finds nothing in a round that is not merged", () => {
    expect(because([proposed], "/stop")).toBe("nothing-to-stop");
  });
});

describe("/extend", () => {
  it("goes on with the finished trials of a variant, from where they are", () => {
    expect(trialsOf(mixed, "/extend a --steps 10000")).toEqual([
      { id: "0001a-s42", attempt: 2, steps: 10_000 },
    ]);
    expect(dueAfter(mixed, "/extend a --steps 10000")).toContainEqual({
      id: "0001a-s42",
      attempt: 2,
      steps: 10_000,
      resume: { attempt: 1, run_id: "a10001a-s42" },
    });
  });

  it.each([
    ["/extend a --steps 2000", "too-few-steps"],
    ["/extend a --steps 100001", "too-many-steps"],
    ["/extend b --steps 3000", "nothing-to-extend"],
    ["/extend z --steps 3000", "nothing-to-extend"],
  ])("%s says why not: %s", (line, why) => {
    expect(because(mixed, line)).toBe(why);
  });

  it.each(["failed", "interrupted"] as const)("may be said again after an extension that %s", (event) => {
    const further = say.dispatched("0001-0000000b", [{ id: "0001a-s42", attempt: 2, steps: 5000 }]);
    const events = [...mixed, further, say.ended(event, "0001a-s42", 2)];
    expect(trialsOf(events, "/extend a --steps 10000")).toEqual([
      { id: "0001a-s42", attempt: 3, steps: 10_000 },
    ]);
    expect(because(events, "/extend a --steps 2000")).toBe("too-few-steps");
    expect(because([...mixed, further], "/extend a --steps 10000")).toBe("nothing-to-extend");
  });

  it("said twice before it began means the second", () => {
    const first = effect(mixed, "/extend a --steps 5000");
    if (first.kind !== "event") throw new Error(first.kind);
    const events: LedgerEvent[] = [...mixed, { ...first.event, at: AT, key: "comment:8" }];
    expect(dueAfter(events, "/extend a --steps 6000")).toContainEqual(
      expect.objectContaining({ steps: 6000 }),
    );
  });
});

describe("/seeds", () => {
  it("trains the first N seeds of the settings that the variant lacks", () => {
    expect(trialsOf(mixed, "/seeds b 3")).toEqual([
      { id: "0001b-s87", attempt: 1 },
      { id: "0001b-s123", attempt: 1 },
    ]);
  });

  it("goes on with the same further seeds for everybody", () => {
    expect(trialsOf(mixed, "/seeds a 5").map(({ id }) => id)).toEqual([
      "0001a-s87",
      "0001a-s123",
      "0001a-s1001",
      "0001a-s1002",
    ]);
    expect(seedSequence([1001, 42])).toHaveLength(11);
  });

  it("says when there is nothing to add", () => {
    expect(because(mixed, "/seeds b 1")).toBe("has-seeds");
    expect(because(mixed, "/seeds z 2")).toBe("no-such-variant");
    expect(because([...mixed, skipped("2")], "/seeds b 3")).toBe("is-skipped");
  });
});

describe("/skip", () => {
  it("names the configuration by its hash, proposed or approved", () => {
    expect(effect([proposed], "/skip a")).toMatchObject({
      event: { event: "skipped", variants: [{ id: "0001a", hash: "1".repeat(64) }] },
    });
    expect(dueAfter(approved, "/skip 0001b").map(({ id }) => id)).toEqual(["0001a-s42", "0001c-s42"]);
  });

  it("means what a reviewer made of a variant of an open round, and what was proposed", () => {
    const edited: LedgerEvent = {
      ...{ key: "edited:0001", at: AT, event: "edited", round: "0001", by: "ana", commit: "e".repeat(40) },
      ...{ variants: ["0001a"], hashes: { "0001a": "9".repeat(64) }, removed: [] },
    };
    const variants = ["1", "9"].map((digit) => ({ id: "0001a", hash: digit.repeat(64) }));
    expect(effect([proposed, edited], "/skip a")).toMatchObject({ event: { event: "skipped", variants } });
    expect(effect([proposed, edited, skipped("1")], "/skip a")).toMatchObject({
      event: { variants: variants.slice(1) },
    });
    expect(effect([...approved, edited], "/skip a")).toMatchObject({
      event: { variants: variants.slice(0, 1) },
    });
  });

  it("says what it does not know, and what it knows already", () => {
    expect(because(mixed, "/skip z")).toBe("no-such-variant");
    expect(because([...mixed, skipped("2")], "/skip b")).toBe("already-skipped");
  });
});

describe("/pause, /resume, /propose", () => {
  it("pause once, resume once", () => {
    expect(effect(mixed, "/pause")).toMatchObject({
      event: { event: "paused", by: "ana", key: "comment:9" },
    });
    expect(because([...mixed, paused], "/pause")).toBe("already-paused");
    expect(because(mixed, "/resume")).toBe("not-paused");
    expect(effect([...mixed, paused], "/resume")).toMatchObject({ event: { event: "resumed" } });
  });

  it("propose unless a round is open", () => {
    expect(because([proposed], "/propose")).toBe("round-open");
    expect(effect(mixed, "/propose")).toMatchObject({ event: { event: "propose-requested", by: "ana" } });
  });
});

describe("what only asks", () => {
  it("changes nothing", () => {
    expect(effect(mixed, "/status")).toEqual({ kind: "status" });
    expect(because(mixed, "/help")).toBe("help");
    expect(because(mixed, "/stpo")).toBe("malformed");
  });
});

describe("any sequence of commands, claims and ends", () => {
  const line = fc.constantFrom(
    "/rerun",
    "/rerun a",
    "/rerun b --seed 7",
    "/stop",
    "/stop b",
    "/extend a --steps 4000",
    "/extend a --steps 8000",
    "/seeds c 2",
    "/skip b",
    "/pause",
    "/resume",
  );
  const end = fc.constantFrom(
    "finished" as const,
    "failed" as const,
    "interrupted" as const,
    "invalid" as const,
  );
  const step = fc.oneof(line, fc.constant("claim" as const), end);

  it("claims no attempt twice, none while another of its trial is open, and none that was stopped or skipped", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let events: readonly LedgerEvent[] = approved;
        for (const [index, asked] of steps.entries()) events = [...events, ...eventsOf(events, asked, index)];
      }),
    );
  });

  it("nothing is due after /stop until somebody asks for it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), end, (steps, how) => {
        let events: readonly LedgerEvent[] = approved;
        for (const [index, asked] of [...steps, "/stop", how, how, how].entries()) {
          events = [...events, ...eventsOf(events, asked, index)];
        }
        expect(dueIn(events)).toEqual([]);
      }),
    );
  });

  /** What follows from one step; the laws are checked where trials are claimed. */
  function eventsOf(events: readonly LedgerEvent[], asked: string, index: number): readonly LedgerEvent[] {
    const round = history(...events).rounds.get("0001");
    const open = round?.attempts.filter(({ outcome }) => outcome === null) ?? [];
    if (asked === "claim") {
      const due = dueIn(events);
      const claimedBefore = new Set(round?.attempts.map(({ trial, attempt }) => `${trial}:${attempt}`));
      for (const { id, attempt } of due) {
        expect(claimedBefore.has(`${id}:${attempt}`)).toBe(false);
        expect(open.some(({ trial }) => trial === id)).toBe(false);
        expect(round?.stops.has(`${id}:${attempt}`)).toBe(false);
        expect(id.startsWith("0001b") && events.some(({ event }) => event === "skipped")).toBe(false);
      }
      return due.length === 0 ? [] : [say.dispatched(`0001-${String(index).padStart(8, "0")}`, due)];
    }
    if (!asked.startsWith("/")) {
      const [first] = open;
      return first ? [say.ended(asked as "finished", first.trial, first.attempt)] : [];
    }
    const found = effect(events, asked);
    return found.kind === "event" ? [{ ...found.event, key: `comment:${index}`, at: AT }] : [];
  }

  function dueIn(events: readonly LedgerEvent[]) {
    const known = history(...events);
    const round = known.rounds.get("0001");
    return round ? dueTrials(round, { history: known, retries: RETRIES, now: LATER }) : [];
  }
});
