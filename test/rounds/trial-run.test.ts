import { describe, expect, it } from "vitest";
import type { Run } from "../../src/judgement/run.ts";
import { trialRun } from "../../src/rounds/trial-run.ts";
import { outcome } from "../report/samples.ts";

const KEY = "train/l1_loss";
const curve = (...steps: readonly number[]) => ({ [KEY]: { steps: [...steps], values: steps.map(() => 1) } });
const logged: Run = {
  id: "a1",
  label: "",
  name: null,
  url: null,
  state: "finished",
  rows: 3,
  steps: 10_000,
  config: {},
  data: { kind: "curves", series: new Map([[KEY, { steps: [1000, 2000, 3000], values: [3, 2, 1] }]]) },
  solverWarned: false,
};
const stepsOf = ({ data }: Run) => (data.kind === "curves" ? data.series.get(KEY)?.steps : null);
const given = { id: "a1", config: {}, logged: null, earlier: null, until: null };

describe("a trial as a run", () => {
  it("is what was logged up to its own last step where a later attempt went on under its id", () => {
    const own = outcome({ steps: 2000 });
    expect(stepsOf(trialRun({ ...given, outcome: own, logged, until: 2000 }))).toEqual([1000, 2000]);
    expect(stepsOf(trialRun({ ...given, outcome: own, logged }))).toEqual([1000, 2000, 3000]);
  });

  it("begins, without W&B, with what the box saw before it was resumed, each step once", () => {
    const earlier = outcome({ curves: curve(100, 200, 300, 400) });
    const resumed = outcome({
      attempt: 2,
      curves: curve(300, 400, 500),
      resumed_from: { attempt: 1, step: 250 },
    });
    expect(stepsOf(trialRun({ ...given, outcome: resumed, earlier }))).toEqual([100, 200, 300, 400, 500]);
    const anew = { ...resumed, resumed_from: null };
    expect(stepsOf(trialRun({ ...given, outcome: anew, earlier }))).toEqual([300, 400, 500]);
  });
});
