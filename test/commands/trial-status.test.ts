import { describe, expect, it } from "vitest";
import { trialStatuses } from "../../src/commands/trial-status.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import type { DispatchView } from "../../src/rounds/reconcile.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import type { AttemptProgress } from "../../src/training/attempt-progress.ts";
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

function status(
  events: readonly LedgerEvent[],
  view?: DispatchView,
  underWay: readonly AttemptProgress[] = [],
  merged: readonly string[] = ["0001"],
) {
  const known = history(...events);
  const round = known.rounds.get("0001");
  const dispatches = new Map(view ? [[DISPATCH, view]] : []);
  const [first] = round
    ? trialStatuses(round, {
        history: known,
        merged: new Set(merged),
        dispatches,
        retries: RETRIES,
        underWay,
      })
    : [];
  return first;
}

describe("where a trial stands", () => {
  it("shows how far this machine's own attempt is, until it has ended", () => {
    const here = { trial: "0001a-s42", attempt: 1, device: "GPU-1", step: 450, evalL1: 0.33 };
    const shown = { step: 450, steps: 2000, evalL1: 0.33, device: "GPU-1" };
    expect(status(claimed, "running", [here])).toMatchObject({ state: "running", ...shown });
    expect(status(claimed, "running", [{ ...here, attempt: 2 }])).toMatchObject({ step: null, device: null });
    expect(status([...claimed, say.ended("finished", "0001a-s42")], "completed", [here])?.device).not.toBe(
      "GPU-1",
    );
  });

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

  it("stands where an attempt ended it for good, whatever was claimed before that was known", () => {
    const idle = Object.assign(say.ended("interrupted", "0001a-s42", 2), {
      reason: "not-begun",
      steps: null,
    });
    const again = say.dispatched("0001-00000002", [{ id: "0001a-s42", attempt: 2 }]);
    const late = [...claimed, again, say.ended("stopped", "0001a-s42"), idle];
    expect(status(late)).toMatchObject({ attempt: 1, state: "stopped", next: null });
    const asked = say.rerun("0001", [{ id: "0001a-s42", attempt: 2 }], 3);
    expect(status([...late, asked])).toMatchObject({ attempt: 2, state: "interrupted", next: 3 });
  });

  it("names the attempt that follows by itself or because somebody asked", () => {
    const failed = [...claimed, say.ended("failed", "0001a-s42")];
    expect(status(failed)).toMatchObject({ state: "failed", next: 2 });
    // The round's merge was undone.
    expect(status(failed, undefined, [], [])).toMatchObject({ state: "failed", next: null });
    expect(status([...failed, skip])).toMatchObject({ next: null });
    const finished = [...claimed, say.ended("finished", "0001a-s42")];
    expect(status(finished)).toMatchObject({ next: null });
    const again = say.rerun("0001", [{ id: "0001a-s42", attempt: 2 }], 3);
    expect(status([...finished, again])).toMatchObject({ next: 2 });
  });
});
