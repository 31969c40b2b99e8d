import { describe, expect, it } from "vitest";
import { nextSteps } from "../../src/commands/next-steps.ts";
import { knownConditions, readTrials } from "../../src/commands/trials.ts";
import type { LedgerSnapshot } from "../../src/forge/ledger-store.ts";
import { analyse } from "../../src/judgement/analyse.ts";
import { rankRuns } from "../../src/judgement/ranking.ts";
import type { Run } from "../../src/judgement/run.ts";
import { DEFAULT_THRESHOLDS } from "../../src/judgement/thresholds.ts";
import { DEFAULT_TRUST } from "../../src/judgement/trust.ts";
import { voiceIn } from "../../src/report/voice.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import type { Outcome } from "../../src/rounds/outcome.ts";
import { Settings } from "../../src/settings.ts";
import { exampleText } from "../judgement/example-config.ts";
import { outcome } from "../report/samples.ts";
import { history, say } from "../rounds/fixtures.ts";

const TRIAL = "0001a-s42";
const EVAL = "eval/offline_eval/avg_l1";
const steps = Array.from({ length: 50 }, (_, at) => 200 * (at + 1));
/** What W&B has of the run: everything that was ever logged under its id. */
const logged: Run = {
  ...{ id: `a1${TRIAL}`, label: "", name: null, url: null, state: "finished", rows: 50, steps: 10_000 },
  config: {},
  data: {
    kind: "curves",
    series: new Map([[EVAL, { steps, values: steps.map((step) => 0.2 + 40 / step) }]]),
  },
  solverWarned: false,
};

const at = "2026-01-05T20:00:00.000Z";
/** Finished at 2,000 steps, then trained on to 10,000 under the same id. */
const events: readonly LedgerEvent[] = [
  say.proposed("0001"),
  say.approved("0001", ["1", "2"]),
  say.dispatched("0001-00000001", [
    { id: TRIAL, attempt: 1 },
    { id: "0001b-s42", attempt: 1 },
  ]),
  say.ended("finished", TRIAL),
  say.ended("finished", "0001b-s42"),
  {
    ...{ key: "comment:1", at, event: "extended", round: "0001", by: "ana" },
    trials: [{ id: TRIAL, attempt: 2, steps: 10_000 }],
  },
  {
    ...{ key: "dispatched:0001-00000002", at, event: "dispatched", round: "0001", dispatch: "0001-00000002" },
    trials: [
      { id: TRIAL, attempt: 2, run_id: "a2", steps: 10_000, resume: { attempt: 1, run_id: `a1${TRIAL}` } },
    ],
  },
  Object.assign(say.ended("finished", TRIAL, 2), { run_id: `a1${TRIAL}`, steps: 10_000 }),
];

const outcomes = new Map<string, Outcome>([
  [`${TRIAL}-1`, outcome({ trial: TRIAL, run_id: `a1${TRIAL}`, steps: 2000 })],
  ["0001b-s42-1", outcome({ trial: "0001b-s42", run_id: "a10001b-s42", steps: 2000 })],
  [
    `${TRIAL}-2`,
    outcome({
      ...{ trial: TRIAL, attempt: 2, run_id: `a1${TRIAL}`, steps: 10_000 },
      resumed_from: { attempt: 1, step: 2000 },
    }),
  ],
]);
const ledger: LedgerSnapshot = { commit: null, texts: new Map(), events: [], outcomes: new Map() };

async function read() {
  return readTrials(
    {
      cloud: { read: async () => ({ runs: [logged], source: "", warnings: [] }) },
      ledger: { readOutcomes: async () => outcomes },
      forge: {
        reader: { blobs: async (shas) => new Map([...shas].map((sha) => [sha, Buffer.from(exampleText)])) },
      },
    },
    { history: history(...events), ledger },
  );
}

describe("a trial that was trained further", () => {
  it("keeps the result that it had, beside the new one", async () => {
    const { trials } = await read();
    const shown = trials.map(({ trial, attempt, steps: total, run }) => [
      trial,
      attempt,
      total,
      run.id,
      run.config?.["steps"],
      run.data.kind === "curves" ? (run.data.series.get(EVAL)?.steps.at(-1) ?? null) : null,
    ]);
    expect(shown).toContainEqual([TRIAL, 1, 2000, `a1${TRIAL}`, 2000, 2000]);
    expect(shown).toContainEqual([TRIAL, 2, 10_000, `a1${TRIAL}@10000`, 10_000, 10_000]);
  });

  it("is not ranked with what was trained in one go", async () => {
    const { trials } = await read();
    const known = knownConditions(trials);
    expect(known.get(`a1${TRIAL}@10000`)).toMatchObject({ resumed_at: 2000 });
    const { runs } = analyse({
      runs: trials.map(({ run }) => ({ ...run, config: { ...run.config, steps: 2000 } })),
      source: "",
      rules: "calibrated",
      thresholds: DEFAULT_THRESHOLDS,
      trust: DEFAULT_TRUST,
      warnings: [],
    });
    const ranked = rankRuns(runs, { known }).variants.flatMap((variant) =>
      variant.runs.map(({ run }) => run.id),
    );
    expect(ranked).not.toContain(`a1${TRIAL}@10000`);
    expect(ranked.length).toBeGreaterThan(0);
  });

  it.each([
    ["en", `${TRIAL} (10000 steps)`],
    ["zh", `${TRIAL} (10000 步)`],
  ] as const)(
    "is named with its steps where the report says what comes next (%s)",
    async (language, name) => {
      const { trials } = await read();
      const house = { settings: Settings.parse({}), voice: voiceIn(language) };
      const label = (of: number) =>
        nextSteps(house, { trials: trials.filter((trial) => trial.steps === of), warnings: [] })[0]?.values[
          "label"
        ];
      expect(label(10_000)).toBe(name);
      expect(label(2000)).toBe(TRIAL);
    },
  );
});
