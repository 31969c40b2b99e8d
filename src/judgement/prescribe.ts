import { AutoloopError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { RuleSetName } from "./analysis.ts";
import { valueAt } from "./config-path.ts";
import type { Finding } from "./findings.ts";
import { otKnobs } from "./ot-knobs.ts";
import { type PlannedEdits, planEdits } from "./plan-edits.ts";
import { isPointless } from "./pointless.ts";
import { predictChange } from "./predict-change.ts";
import type { Prescription } from "./prescription.ts";
import { calibratedRules } from "./rules/calibrated.ts";
import { planRules } from "./rules/plan.ts";
import type { Draft, Rule, RuleContext } from "./rules.ts";
import type { Run } from "./run.ts";
import type { Thresholds } from "./thresholds.ts";
import type { PlanState } from "./transport-reading.ts";
import type { Trust } from "./trust.ts";

/** The rules of a set, in the order in which their proposals matter. */
export function ruleSet(name: RuleSetName): readonly Rule[] {
  return name === "plan" ? planRules : calibratedRules;
}

export interface Case {
  readonly run: Run;
  readonly findings: readonly Finding[];
  /** The configuration to derive from; null: only advice is possible. */
  readonly config: JsonObject | null;
  readonly plan: PlanState;
  readonly rules: readonly Rule[];
  readonly thresholds: Thresholds;
  readonly trust: Trust;
}

/** Runs that nothing is ever derived from: their numbers are not those of their configuration. */
const BARREN: readonly string[] = ["no-history", "not-act-ot", "crashed", "too-short", "diverged"];
/** A dead or broken plan says nothing about the rest of its configuration: only what brings it back may be derived. */
const DEAD: readonly string[] = ["mass-dead", "solver-break"];

export function isBarren(findings: readonly Finding[]): boolean {
  return findings.some(
    ({ code, severity }) => BARREN.includes(code) || (code === "non-finite" && severity === "problem"),
  );
}

/** What the rules make of one run, the most urgent first. Proposals that would be the same file are made once. */
export function prescribe(given: Case): readonly Prescription[] {
  if (isBarren(given.findings)) return [];
  const context = contextOf(given);
  const codes = new Set(given.findings.map((finding) => finding.code));
  const dead = given.findings.some(({ code, severity }) => DEAD.includes(code) && severity === "problem");
  const seen = new Set<string>();
  return given.rules
    .filter((rule) => rule.answers.some((code) => codes.has(code)))
    .filter((rule) => !dead || rule.answers.some((code) => code === "mass-dead" || code === "solver-break"))
    .filter((rule) => rule.guard?.(context) ?? true)
    .flatMap((rule) => rule.propose(context).flatMap((draft) => finish(rule, draft, given)))
    .filter((prescription) => {
      const key = sameFile(prescription);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

function sameFile({ edits, rule, signal }: Prescription): string {
  return edits.length === 0 ? `${rule} ${signal}` : JSON.stringify(edits.map(({ path, to }) => [path, to]));
}

function contextOf({ run, findings, config, plan, thresholds, trust }: Case): RuleContext {
  const byCode = new Map(findings.map((finding) => [finding.code, finding]));
  return {
    run,
    config,
    knobs: config === null ? null : otKnobs(config),
    plan,
    thresholds,
    trust,
    finding: (code) => byCode.get(code) ?? null,
    number: (path) => {
      const value = config === null ? undefined : valueAt(config, path.split("."));
      return typeof value === "number" ? value : null;
    },
  };
}

/** The draft's edits against the configuration, and what the laws of transport say about them. */
function finish(rule: Rule, draft: Draft, { config, plan, thresholds }: Case): readonly Prescription[] {
  const common = { rule: rule.id, signal: draft.signal, reason: draft.because };
  if (config === null) return [{ ...common, edits: [], predicts: null }];
  if (draft.edits.length === 0) return [{ ...common, edits: [], predicts: draft.predicts ?? null }];
  const planned = plannedOrNull(config, draft);
  // A partial configuration may lack the path: the advice stands, the variant does not.
  if (planned === null) return [{ ...common, edits: [], predicts: null }];
  if (planned.edits.length === 0) return [];
  const predicts =
    draft.predicts === undefined
      ? predictChange(plan, { before: otKnobs(config), after: otKnobs(planned.config) })
      : draft.predicts;
  // Fixed steps go as they are written: what they lead to stands beside them.
  if (rule.step !== "fixed" && isPointless(predicts, plan, thresholds)) return [];
  return [{ ...common, edits: planned.edits, predicts }];
}

function plannedOrNull(config: JsonObject, draft: Draft): PlannedEdits | null {
  try {
    return planEdits(config, draft.edits);
  } catch (thrown) {
    if (thrown instanceof AutoloopError && thrown.code.startsWith("config.")) return null;
    throw thrown;
  }
}
