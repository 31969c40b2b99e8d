import { describe, expect, it } from "vitest";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { dueNotices, noticeKey } from "../../src/rounds/notices.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { history, say } from "./fixtures.ts";

const due = (events: readonly LedgerEvent[], now = "2026-01-05T21:00:00.000Z") =>
  dueNotices({ history: history(...events), retries: RETRIES, now: new Date(now) });
const kinds = (events: readonly LedgerEvent[], now?: string) => due(events, now).map(({ kind }) => kind);

const claims = [
  say.proposed("0001"),
  say.approved("0001"),
  say.dispatched("0001-00000001", [{ id: "0001a-s42", attempt: 1 }]),
];
const twice = [
  ...claims,
  say.ended("failed", "0001a-s42", 1),
  say.dispatched("0001-00000002", [{ id: "0001a-s42", attempt: 2 }]),
  say.ended("failed", "0001a-s42", 2),
];

describe("dueNotices", () => {
  it("tells of a round that opened, until it is decided", () => {
    expect(kinds([say.proposed("0001")])).toEqual(["opened"]);
    expect(kinds(claims)).toEqual([]);
    expect(kinds([say.proposed("0001"), say.rejected("0001")])).toEqual([]);
  });

  it("tells of the second failure in a row, not of the first", () => {
    expect(kinds([...claims, say.ended("failed", "0001a-s42", 1)])).toEqual([]);
    expect(due(twice)).toMatchObject([{ kind: "failed", trial: "0001a-s42", times: 2, reason: "exit" }]);
  });

  it("tells of the end when it stands in the report", () => {
    const finished = [...claims, say.ended("finished", "0001a-s42")];
    expect(kinds(finished)).toEqual([]);
    expect(due([...finished, say.reported("0001", ["0001a-s42:1"])])).toMatchObject([
      { kind: "ended", finished: 1, trials: 1 },
    ]);
  });

  it("counts a trial as finished that could not be trained further", () => {
    const further = say.dispatched("0001-00000002", [{ id: "0001a-s42", attempt: 2, steps: 10_000 }]);
    const events = [
      ...claims,
      say.ended("finished", "0001a-s42"),
      further,
      say.ended("invalid", "0001a-s42", 2),
      say.reported("0001", ["0001a-s42:1", "0001a-s42:2"]),
    ];
    expect(due(events)).toMatchObject([{ kind: "ended", finished: 1, trials: 1 }]);
  });

  it("tells of a pause", () => {
    expect(due([say.paused()])).toMatchObject([{ kind: "paused", by: "ana" }]);
  });

  it("tells nothing twice, and no old news", () => {
    const events = [...twice, say.paused()];
    const told = due(events).map(
      (notice): LedgerEvent => ({
        key: noticeKey(notice),
        at: "2026-01-05T20:30:00.000Z",
        event: "notified",
        what: notice.what,
      }),
    );
    expect(told).toHaveLength(2);
    expect(due([...events, ...told])).toEqual([]);
    expect(due(events, "2026-01-08T21:00:00.000Z")).toEqual([]);
  });
});
