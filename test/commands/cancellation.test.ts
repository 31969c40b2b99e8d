import { describe, expect, it } from "vitest";
import { cancellation } from "../../src/commands/cancellation.ts";
import { trialJob } from "../training/trial-jobs.ts";

const own = trialJob();

describe("what waits when a launch is cancelled", () => {
  it("does not begin where nobody launches it again", () => {
    const cancel = new AbortController();
    const stopOf = cancellation([own], { signal: cancel.signal, waiting: "declined" });
    expect(stopOf(own)).toBeNull();
    cancel.abort();
    expect(stopOf(own)).toMatchObject({ outcome: "interrupted", reason: "cancelled" });
  });

  it("stays claimed where it is left to the next call, or to Slurm by an earlier launch", () => {
    const signal = AbortSignal.abort();
    expect(cancellation([own], { signal })(own)).toBeNull();
    expect(cancellation([own], { signal, waiting: "stays-claimed" })(own)).toBeNull();
    const other = trialJob({ trial: "0001b-s42" });
    expect(cancellation([own], { signal, waiting: "declined" })(other)).toBeNull();
  });
});
