import { describe, expect, it } from "vitest";
import { cancelDeafRuns } from "../../src/commands/stopping.ts";
import type { WorkflowRun } from "../../src/forge/forge.ts";
import { history, say } from "../rounds/fixtures.ts";

const DISPATCH = "0001-00000001";
const TRIAL = { id: "0001a-s42", attempt: 1 };
const CLAIMED = "2026-01-05T00:00:00.000Z";
const known = history(say.approved("0001"), say.dispatched(DISPATCH, [TRIAL], CLAIMED));

/** The runs that `/stop` has to cancel because their box cannot hear it. */
async function cancelled(now: string, run: Partial<WorkflowRun>): Promise<readonly number[]> {
  const ids: number[] = [];
  const one: WorkflowRun = {
    id: 5,
    url: "",
    title: `autoloop train ${DISPATCH}`,
    status: "running",
    started: CLAIMED,
    ...run,
  };
  const workflows = { runs: async () => [one], cancel: async (id: number) => void ids.push(id) };
  await cancelDeafRuns(
    { now: () => new Date(now), forge: { workflows } },
    { history: known },
    { round: "0001", trials: [TRIAL] },
  );
  return ids;
}

describe("a run that is to stop", () => {
  it("hears that for nearly a day from its own start", async () => {
    expect(await cancelled("2026-01-05T22:59:00.000Z", {})).toEqual([]);
    expect(await cancelled("2026-01-05T23:01:00.000Z", {})).toEqual([5]);
    const started = "2026-01-05T20:00:00.000Z";
    expect(await cancelled("2026-01-06T18:59:00.000Z", { started })).toEqual([]);
    expect(await cancelled("2026-01-06T19:01:00.000Z", { started })).toEqual([5]);
  });

  it("is counted from its claim where nobody tells when it began", async () => {
    expect(await cancelled("2026-01-05T22:59:00.000Z", { started: null })).toEqual([]);
    expect(await cancelled("2026-01-05T23:01:00.000Z", { started: null })).toEqual([5]);
  });

  it("needs no cancelling once it is over", async () => {
    expect(await cancelled("2026-01-06T23:01:00.000Z", { status: "completed" })).toEqual([]);
  });
});
