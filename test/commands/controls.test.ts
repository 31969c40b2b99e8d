import { describe, expect, it } from "vitest";
import { controlTexts } from "../../src/commands/controls.ts";
import type { TrainedTrial } from "../../src/commands/trials.ts";
import { say } from "../../src/judgement/texts.ts";
import { DEFAULT_THRESHOLDS } from "../../src/judgement/thresholds.ts";
import { roundTexts } from "../../src/rounds/texts.ts";
import { trainedTrial } from "./trained-trial.ts";

const control = trainedTrial("0002d-s42", { lambda: 0 });
const sentences = (others: readonly TrainedTrial[], own: readonly TrainedTrial[] = [control]) =>
  controlTexts(own, {
    trials: [...own, ...others],
    thresholds: DEFAULT_THRESHOLDS,
    parentOf: () => "0001a-s42",
  }).map((text) => say(text, "en", [roundTexts]));

describe("what a run without OT says of OT", () => {
  it.each([
    [0.19, "OT shows a gain: 0002a-s42, the best of 1 run(s)"],
    [0.199, "OT shows no gain beyond the noise: 0002a-s42, "],
    [0.21, "OT hurts: 0002a-s42, "],
  ])("is held against one with OT at %d", (level, said) => {
    const [sentence, ...more] = sentences([trainedTrial("0002a-s42", { level })]);
    expect(sentence).toContain(said);
    expect(more).toEqual([]);
  });

  it("is held against the best with OT, and against its parent beside it", () => {
    const [sentence] = sentences([
      trainedTrial("0001a-s42", { level: 0.21 }),
      trainedTrial("0002a-s42", { level: 0.19 }),
    ]);
    expect(sentence).toMatch(/^OT shows a gain: 0002a-s42, the best of 2 run\(s\) .* by 0\.01, more than/);
    expect(sentence).toContain("Against 0001a-s42, its own parent with OT, the held-out L1 differs by 0.01");
    expect(sentence).toMatch(/: harm\.$/);
  });

  it("says that nothing is known where nothing is comparable", () => {
    const others = [
      trainedTrial("0002a-s87", { level: 0.1 }),
      trainedTrial("0002b-s42", { level: 0.1, ended: "stopped" }),
      trainedTrial("0002c-s42", { level: 0.1, ended: "invalid" }),
    ];
    expect(sentences(others)).toEqual([expect.stringContaining("what OT brings is not known")]);
  });

  it("is said in both languages", () => {
    expect(Object.keys(roundTexts.zh)).toEqual(Object.keys(roundTexts.en));
  });

  it("is nothing where no such run came to its end", () => {
    const stopped = trainedTrial("0002d-s42", { lambda: 0, ended: "stopped" });
    expect(sentences([trainedTrial("0002a-s42")], [stopped])).toEqual([]);
  });
});
