import { describe, expect, it } from "vitest";
import { trialStatuses } from "../../src/commands/trial-status.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import type { DispatchView } from "../../src/rounds/reconcile.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { history, say } from "../rounds/fixtures.ts";

const DISPATCH = "0001-00000001";
const approved = [say.proposed("0001"), say.approved("0001")];
const claimed = [...approved, say.dispatched(DISPATCH, [{ id: "0001a-s42", attempt: 1 }])];
const asked = { round: "0001", by: "ana", at: "2026-01-05T20:00:00.000Z" } as const;
const stop: LedgerEvent = {
  key: "comment:1",
  event: "stop-requested",
  trials: [{ id: "0001a-s42", attempt: 1 }],
  ...asked,
};
const skip: LedgerEvent = {
  key: "comment:2",
  event: "skipped",
  variants: [{ id: "0001a", hash: "1".repeat(64) }],
  ...asked,
};

function status(events: readonly LedgerEvent[], view?: DispatchView) {
  const known = history(...events);
  const round = known.rounds.get("0001");
  const dispatches = new Map(view ? [[DISPATCH, view]] : []);
  const [first] = round
    ? trialStatuses(round, { history: known, merged: new Set<string>(), dispatches, retries: RETRIES })
    : [];
  return first;
}

describe("where a trial stands", () => {
  it.each([
    ["waiting", approved, undefined],
    ["skipped", [...approved, skip], undefined],
    ["stopped", [...approved, stop], undefined],
    ["queued", claimed, undefined],
    ["queued", claimed, "queued"],
    ["running", claimed, "running"],
    ["stopping", [...claimed, stop], "running"],
    ["running", [...claimed, skip], "running"],
    ["failed", [...claimed, say.ended("failed", "0001a-s42")], undefined],
  ] as const)("is %s", (state, events, view) => {
    expect(status(events, view)).toMatchObject({ trial: "0001a-s42", state });
  });

  it("names the attempt that follows by itself or because somebody asked", () => {
    const failed = [...claimed, say.ended("failed", "0001a-s42")];
    expect(status(failed)).toMatchObject({ state: "failed", next: 2 });
    expect(status([...failed, skip])).toMatchObject({ next: null });
    const finished = [...claimed, say.ended("finished", "0001a-s42")];
    expect(status(finished)).toMatchObject({ next: null });
    const again = say.rerun("0001", [{ id: "0001a-s42", attempt: 2 }], 3);
    expect(status([...finished, again])).toMatchObject({ next: 2 });
  });
});
