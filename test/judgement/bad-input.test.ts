import { it as prop } from "@fast-check/vitest";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../src/json.ts";
import { isJsonObject } from "../../src/json.ts";
import { analyse } from "../../src/judgement/analyse.ts";
import type { RunAnalysis } from "../../src/judgement/analysis.ts";
import { FINDINGS } from "../../src/judgement/finding-catalogue.ts";
import { METRICS } from "../../src/judgement/metrics.ts";
import { allFinite } from "../../src/judgement/plain-number.ts";
import { rankRuns } from "../../src/judgement/ranking.ts";
import type { Run } from "../../src/judgement/run.ts";
import type { Series } from "../../src/judgement/series.ts";
import { say } from "../../src/judgement/texts.ts";
import { DEFAULT_THRESHOLDS } from "../../src/judgement/thresholds.ts";
import { windowsOf } from "../../src/judgement/windows.ts";
import { codesOf, exampleConfig, exampleRun, findingOf, sample, summaryRun } from "./example-run.ts";

const PI = "train/ot_pi_sum";
const DIAG = "train/ot_pi_diag";
const L1 = "train/l1_loss";
const EVAL = "eval/offline_eval/avg_l1";

function examined(run: Run): RunAnalysis {
  const [analysis] = analyse({ runs: [run], source: "test" }).runs;
  if (analysis === undefined) throw new Error("one run was given");
  return analysis;
}

const HOLE = /NaN|Infinity|undefined|\{\w+[}:]/;

/** What would be wrong with what a reader sees of a run: unknown findings, odd numbers, sentences with a hole. */
function faults(run: Run): readonly string[] {
  const analysis = examined(run);
  rankRuns([analysis]);
  windowsOf(run, DEFAULT_THRESHOLDS);
  const ofFindings = analysis.findings.flatMap(({ code, severity, evidence, text }) => {
    const entry = Object.entries(FINDINGS).find(([name]) => name === code)?.[1];
    const severities: readonly string[] = entry?.severities ?? [];
    const said = `${say(text, "en")} ${say(text, "zh")}`;
    return [
      ...(severities.includes(severity) ? [] : [`${code} is no ${severity}`]),
      ...(allFinite(evidence) ? [] : [`evidence of ${code}: ${JSON.stringify(evidence)}`]),
      ...(HOLE.test(said) ? [said] : []),
    ];
  });
  const ofActions = analysis.actions.flatMap(({ rule, edits, predicts, reason }) => [
    ...(edits.every(({ to }) => allFinite(to)) ? [] : [`an edit of ${rule}`]),
    ...(Object.values(predicts ?? {}).some((each) => Number.isNaN(each)) ? [`prediction of ${rule}`] : []),
    ...(HOLE.test(say(reason, "en")) ? [say(reason, "en")] : []),
  ]);
  const ofSummary = [...analysis.summary].filter(
    ([, metric]) => !Object.values(metric).every((each) => each === null || Number.isFinite(each)),
  );
  return [...ofFindings, ...ofActions, ...ofSummary.map(([key]) => `summary of ${key}`)];
}

function expectSane(run: Run): void {
  expect(faults(run)).toEqual([]);
}

const keys = [...METRICS.map(({ key }) => key), "train/ot_cost/state", "train/ot_cost/action_lbl"];

const value = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 300, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, -0, 1e-320, 5e-324, 1e-90, 1e308) },
  { weight: 2, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
  { weight: 1, arbitrary: fc.double() },
);
const point = fc.record({ step: fc.integer({ min: 0, max: 6000 }), value });
const asSeries = (points: readonly { step: number; value: number }[]): Series => ({
  steps: points.map(({ step }) => step),
  values: points.map((each) => each.value),
});

/** As the sources hand them over: rising steps with gaps. */
const rising = fc
  .uniqueArray(point, { maxLength: 60, selector: ({ step }) => step })
  .map((points) => asSeries(points.toSorted((a, b) => a.step - b.step)));
/** As they must not: repeated and descending steps. */
const wild = fc.array(point, { maxLength: 60 }).map(asSeries);

const runOf = (series: fc.Arbitrary<Series>) =>
  fc
    .record({
      curves: fc.dictionary(fc.constantFrom(...keys), series, { maxKeys: keys.length }),
      state: fc.constantFrom("finished", "running", "failed", "unknown"),
      steps: fc.option(fc.nat({ max: 6000 })),
      hasConfig: fc.boolean(),
    })
    .map(
      ({ curves, state, steps, hasConfig }): Run => ({
        ...exampleRun({ config: hasConfig ? exampleConfig() : null, state }),
        steps,
        data: { kind: "curves", series: new Map(Object.entries(curves)) },
      }),
    );

describe("any series", () => {
  prop.prop([runOf(rising)], { numRuns: 150 })(
    "with gaps, NaN and infinities is examined without harm",
    expectSane,
  );
  prop.prop([runOf(wild)], { numRuns: 150 })("with repeated and descending steps is, too", expectSane);

  it("of one point shows that point and no trend", () => {
    const one = exampleRun({ until: 2000, curves: { [L1]: { steps: [50], values: [0.5] } } });
    expect(examined(one).summary.get(L1)).toMatchObject({ first: 0.5, last: 0.5, delta: 0, pct: 0 });
    expect(codesOf(one).filter((code) => code.startsWith("l1") || code === "jitter")).toEqual([]);
    const all = keys.map((key) => [key, { steps: [50], values: [0.1] }] as const);
    expectSane(exampleRun({ curves: Object.fromEntries(all) }));
  });

  it("that begins with 0 has a change but no percentage, and no verdict on its fall", () => {
    const zero = exampleRun({ curves: { [L1]: sample((step) => (step === 50 ? 0 : 0.2)) } });
    expect(examined(zero).summary.get(L1)).toMatchObject({ first: 0, delta: 0.2, pct: null });
    expect(codesOf(zero).filter((code) => code.startsWith("l1"))).toEqual([]);
  });

  it("that is all zero is no division by zero", () => {
    expectSane(exampleRun({ curves: Object.fromEntries(keys.map((key) => [key, () => 0])) }));
  });

  it("that is empty is a metric that was not logged", () => {
    const empty = exampleRun({
      curves: { [PI]: { steps: [], values: [] }, [DIAG]: { steps: [], values: [] } },
    });
    expect(codesOf(empty).filter((code) => code.startsWith("mass"))).toEqual([]);
  });
});

describe("a value that is not finite", () => {
  const watched = new Set(["train/loss", L1, "train/kld_loss", "train/grad_norm", "train/ot_loss", EVAL]);

  // A comparison with NaN is false, and "not below the limit" must not become "above it".
  it.each(keys.filter((key) => !watched.has(key)))(
    "in all of %s leaves the findings that a missing metric leaves",
    (key) => {
      expect(codesOf(exampleRun({ curves: { [key]: () => Number.NaN } }))).toEqual(
        codesOf(exampleRun({ curves: { [key]: null } })),
      );
    },
  );

  it.each([...watched])("in %s makes the run invalid, or is a note where the gradient recovered", (key) => {
    const broken = exampleRun({ curves: { [key]: (step) => (step === 1000 ? Number.NaN : 0.2) } });
    expect(findingOf(broken, "non-finite").severity).toBe(key === "train/grad_norm" ? "note" : "problem");
  });

  prop.prop([
    fc.constantFrom(PI, DIAG, "train/ot_cost/state", "train/ot_cost/action_lbl"),
    fc.integer({ min: 1, max: 40 }),
  ])("at one reading of %s changes no verdict", (key, at) => {
    const healthy = exampleRun();
    const series = healthy.data.kind === "curves" ? healthy.data.series.get(key) : undefined;
    const values = series?.values.with(at - 1, Number.NaN) ?? [];
    const holed = exampleRun({ curves: { [key]: { steps: series?.steps ?? [], values } } });
    expect(codesOf(holed)).toEqual(codesOf(healthy));
  });

  it("in a summary is undefined, not small", () => {
    const empty = { first: null, last: null, best: null, best_step: null, delta: null, pct: null };
    const metrics = Object.fromEntries(keys.map((key) => [key, empty]));
    expect(codesOf(summaryRun(metrics))).toEqual(["no-history"]);
    expect(codesOf(summaryRun({ ...metrics, [EVAL]: { ...empty, last: 0.3 } }))).toEqual([]);
  });
});

/** The configuration with one value exchanged; paths through lists count entries. */
function exchanged(given: Json, [key, ...rest]: readonly (string | number)[], to: Json): Json {
  if (key === undefined) return to;
  if (Array.isArray(given))
    return given.map((item: Json, index) => (index === key ? exchanged(item, rest, to) : item));
  const block: JsonObject = given !== null && isJsonObject(given) ? given : {};
  return { ...block, [key]: exchanged(block[key] ?? null, rest, to) };
}

function leavesOf(given: Json, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (given === null || typeof given !== "object") return [path];
  return [
    path,
    ...Object.entries(given).flatMap(([key, inner]) =>
      leavesOf(inner, [...path, Array.isArray(given) ? Number(key) : key]),
    ),
  ];
}

describe("any configuration", () => {
  const paths = leavesOf(exampleConfig()).filter(({ length }) => length > 0);
  const odd = fc.constantFrom<Json>(
    null,
    "0.5",
    "text",
    "",
    true,
    [],
    {},
    -1,
    0,
    1e308,
    Number.NaN,
    { value: 0.5 },
    [{ value: 1 }],
  );

  prop.prop([fc.constantFrom(...paths), odd, fc.constantFrom(0.12, 1e-7, 0.02, 0.97)], { numRuns: 150 })(
    "with a null, another type or another nesting in one place is examined without harm",
    (path, to, mass) => {
      const config = exchanged(exampleConfig(), path, to);
      if (config === null || !isJsonObject(config)) throw new Error("still a block");
      expectSane(exampleRun({ config, curves: { [PI]: () => mass, [DIAG]: () => mass } }));
    },
  );

  const withTau = (tau: Json) =>
    exampleRun({
      config: {
        ...exampleConfig(),
        ot: exchanged(exampleConfig()["ot"] ?? null, ["loss_config", "tau_src"], tau),
      },
      curves: { [PI]: () => 0.01, [DIAG]: () => 0.01 },
    });

  it("with numbers as text is computed with as the trainer reads it", () => {
    const edits = (tau: Json) => examined(withTau(tau)).actions.map((action) => action.edits);
    expect(edits("1.5").length).toBeGreaterThan(0);
    expect(edits("1.5")).not.toEqual(edits(1));
    const values = (tau: Json) => edits(tau).map((all) => all.map(({ path, to }) => [path, to]));
    expect(values("1.5")).toEqual(values(1.5));
  });

  it("with words for numbers is not computed with, and says so", () => {
    const [action] = examined(withTau("one")).actions;
    expect(action?.edits).toEqual([]);
    expect(action && say(action.reason, "en")).toContain("the temperature T is not known");
  });

  it("without OT settings, or of W&B's own wrapping, is not judged as ACT+OT", () => {
    expect(codesOf(exampleRun({ config: {} }))).toEqual(["not-act-ot"]);
    expect(codesOf(exampleRun({ config: { ot: { value: exampleConfig()["ot"] ?? null } } }))).toEqual([
      "not-act-ot",
    ]);
  });
});
