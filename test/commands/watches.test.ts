import { describe, expect, it } from "vitest";
import { watchesFor } from "../../src/commands/watches.ts";
import { foldLedger } from "../../src/rounds/history.ts";
import { parseSettings } from "../../src/settings.ts";
import { exampleConfig } from "../judgement/example-run.ts";
import { realClock } from "../training/real-ports.ts";
import { trialJob } from "../training/trial-jobs.ts";

const job = trialJob({ config: exampleConfig() });
const control = trialJob({ trial: "0001b-s42", config: exampleConfig({ lambda: 0 }) });

async function lookout(text: string) {
  const { watchesOf, guardsOf } = await watchesFor(
    {
      settings: parseSettings({ path: "autoloop.yml", text }),
      live: null,
      progress: { say: () => undefined },
      ledger: { readOutcomes: async () => new Map() },
    },
    {
      ledger: { commit: null, texts: new Map(), events: [], outcomes: new Map() },
      history: foldLedger([]),
      clock: realClock,
    },
  );
  return { counts: (of = job) => [watchesOf(of).length, guardsOf(of, "/nowhere").length] };
}

describe("what looks after a trial", () => {
  it.each([
    ["by default: gradients, and OT by a look at W&B", "", [1, 1], [1, 0]],
    ["with the tap: OT by its rows", "trainer: { tap: true }", [2, 0], [1, 0]],
    ["in Slurm, which cannot reach the tap", "trainer: { tap: true }\nexecutor: slurm", [1, 1], [1, 0]],
    ["without the OT check", "watchdog: { ot: { enabled: false } }", [1, 0], [1, 0]],
    ["without gradients", "watchdog: { gradient: { enabled: false } }", [0, 1], [0, 0]],
    ["by the median of all", "watchdog: { hopeless: { by: median } }", [3, 1], [3, 0]],
    ["by rungs", "watchdog: { hopeless: { by: asha } }", [3, 1], [3, 0]],
    ["by nobody else", "watchdog: { hopeless: { enabled: false, by: asha } }", [1, 1], [1, 0]],
  ])("%s", async (_, text, wanted, ofControl) => {
    const { counts } = await lookout(text);
    expect(counts()).toEqual(wanted);
    expect(counts(control)).toEqual(ofControl);
  });
});
