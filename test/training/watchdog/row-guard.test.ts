import { describe, expect, it } from "vitest";
import type { StopRequest } from "../../../src/training/stop.ts";
import type { RowEvent, Watch } from "../../../src/training/watch.ts";
import { guardByRows, type RowGuardOptions } from "../../../src/training/watchdog/row-guard.ts";

const STOP: StopRequest = { outcome: "stopped", reason: "ot-dead", evidence: {}, urgent: false };
type Row = Omit<RowEvent, "kind">;
const rows = (...steps: readonly number[]): Row[] => steps.map((step) => ({ step, values: new Map() }));

/** Looks as often as there are answers; then the trainer has ended. */
async function guard(answers: readonly (readonly Row[] | Error)[], given: Partial<RowGuardOptions> = {}) {
  const ended = new AbortController();
  const asked: number[] = [];
  const notes: string[] = [];
  let slept = 0;
  const request = await guardByRows({
    watch: () => null,
    everyMs: 60_000,
    clock: {
      now: () => 0,
      steady: () => 0,
      sleep: async (ms) => {
        slept += ms;
        if (slept > answers.length * 60_000) ended.abort();
      },
    },
    read: async (after) => {
      const answer = answers[asked.push(after) - 1] ?? [];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onNote: (note) => notes.push(note),
    ...given,
  })({ pid: 1, ended: ended.signal, lastOutput: () => 0 });
  return { request, asked, notes };
}

describe("guardByRows", () => {
  it("asks once a minute for new rows only, and hands each to the watch once", async () => {
    const seen: (number | null)[] = [];
    const watch: Watch = (event) => {
      if (event.kind === "row") seen.push(event.step);
      return null;
    };
    const { request, asked, notes } = await guard([[], rows(50, 100), rows(150)], { watch });
    expect(request).toBeNull();
    expect(asked).toEqual([-1, -1, 100]);
    expect(seen).toEqual([50, 100, 150]);
    expect(notes).toEqual([]);
  });

  it("stops as soon as the watch wants to", async () => {
    const watch: Watch = (event) => (event.kind === "row" && event.step === 100 ? STOP : null);
    const { request, asked } = await guard([rows(50, 100, 150), rows(200)], { watch });
    expect(request).toBe(STOP);
    expect(asked).toEqual([-1]);
  });

  it("goes on after a failure, and tells each bout of them once", async () => {
    const away = new Error("no answer in time");
    const { asked, notes } = await guard([away, away, rows(50), away]);
    expect(asked).toEqual([-1, -1, -1, 50]);
    expect(notes).toEqual([
      "rows of a running trial cannot be read now: no answer in time",
      "rows of a running trial cannot be read now: no answer in time",
    ]);
  });

  it("says so when nothing was ever seen, but not of a training that was over before the first look", async () => {
    expect((await guard([[], []])).notes).toEqual([
      "the OT values of a trial were not seen while it ran; `trainer.tap: true` shows them as they come",
    ]);
    expect((await guard([])).notes).toEqual([]);
  });
});
