import { describe, expect, it } from "vitest";
import { DEFAULT_THRESHOLDS } from "../../src/judgement/thresholds.ts";
import type { OutcomeKind } from "../../src/rounds/outcome.ts";
import { type Comparable, compareTrials, gainOver } from "../../src/rounds/verdict.ts";
import { type ExampleKnobs, exampleConfig, exampleRun, sample } from "../judgement/example-run.ts";
import { outcome } from "../report/samples.ts";

const EVAL = "eval/offline_eval/avg_l1";
/** Falls all the time: whoever is stopped early looks worse than whoever went on. */
const falling = (level: number) => (step: number) => level + 0.4 * Math.exp(-step / 500);

function trained({
  trial,
  level,
  until = 2000,
  ended = "finished",
  knobs = {},
}: {
  readonly trial: string;
  readonly level: number;
  readonly until?: number;
  readonly ended?: OutcomeKind;
  readonly knobs?: ExampleKnobs;
}): Comparable {
  const config = exampleConfig(knobs);
  const curves = { [EVAL]: sample(falling(level), { every: 200, until }) };
  const { conditions } = outcome();
  return {
    ...{ trial, seed: 42, steps: 2000, outcome: ended, conditions, resumedAt: 0 },
    run: exampleRun({ id: trial, config, until, curves }),
  };
}

const compare = (own: Comparable, other: Comparable) => compareTrials(own, other, DEFAULT_THRESHOLDS);
const parent = trained({ trial: "parent", level: 0.2 });

describe("compareTrials", () => {
  it("compares what came to its end over all its steps", () => {
    const found = compare(trained({ trial: "own", level: 0.19 }), parent);
    expect(found).toMatchObject({ against: "parent", upTo: null });
    expect(found?.delta).toBeCloseTo(-0.01, 12);
  });

  it.each([
    ["own", trained({ trial: "own", level: 0.13, until: 600, ended: "stopped" }), parent, -0.07],
    ["other", parent, trained({ trial: "cut", level: 0.13, until: 600, ended: "stopped" }), 0.07],
  ])("compares up to the last common evaluation where the %s was stopped", (_, own, other, delta) => {
    const found = compare(own, other);
    expect(found?.upTo).toBe(600);
    expect(found?.delta).toBeCloseTo(delta, 12);
  });

  it("says nothing of what was stopped before there is a running mean", () => {
    expect(compare(trained({ trial: "own", level: 0.13, until: 400, ended: "stopped" }), parent)).toBeNull();
  });

  it.each(["invalid", "failed", "interrupted"] as const)(
    "compares nothing that is %s, on either side",
    (ended) => {
      const odd = trained({ trial: "odd", level: 0.1, ended });
      expect(compare(odd, parent)).toBeNull();
      expect(compare(parent, odd)).toBeNull();
    },
  );

  it("compares nothing that was not trained on the same data", () => {
    const own = trained({ trial: "own", level: 0.1 });
    const config = { ...exampleConfig(), dataset: { repo_id: "lab/other" } };
    expect(compare({ ...own, run: { ...own.run, config } }, parent)).toBeNull();
  });
});

describe("gainOver", () => {
  const gain = (own: Comparable, earlier: Comparable) =>
    gainOver([own], { earlier: [earlier], thresholds: DEFAULT_THRESHOLDS });

  it("counts what is better than all before by more than the noise", () => {
    expect(gain(trained({ trial: "own", level: 0.19 }), parent)).toBe(true);
    expect(gain(trained({ trial: "own", level: 0.199 }), parent)).toBe(false);
  });

  it("counts nothing that was cut short, on either side", () => {
    const cut = trained({ trial: "cut", level: 0.13, until: 600, ended: "stopped" });
    expect(gain(cut, parent)).toBeNull();
    expect(gain(parent, cut)).toBeNull();
  });
});
