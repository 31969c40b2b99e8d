import { diagnoseCost } from "./diagnosis/cost.ts";
import { diagnoseEvaluation } from "./diagnosis/evaluation.ts";
import { diagnoseGradients } from "./diagnosis/gradients.ts";
import { diagnoseImitation } from "./diagnosis/imitation.ts";
import { diagnoseMass } from "./diagnosis/mass.ts";
import { diagnoseSolver } from "./diagnosis/solver.ts";
import { diagnoseValidity } from "./diagnosis/validity.ts";
import type { Finding } from "./findings.ts";
import { hasOt, isActWithOt, type Subject } from "./subject.ts";

/** One family of findings. No series, no finding: whatever is missing is passed over in silence. */
export type Diagnosis = (subject: Subject) => readonly Finding[];

const OF_TRANSPORT: readonly Diagnosis[] = [diagnoseSolver, diagnoseMass, diagnoseCost];
const OF_TRAINING: readonly Diagnosis[] = [diagnoseImitation, diagnoseGradients, diagnoseEvaluation];

/** Findings after which no other number of the run is to be believed. */
const VOID: readonly string[] = ["no-history", "not-act-ot", "non-finite"];

/**
 * Everything that is to be said about one run, what is wrong first. A run without history, of another kind, or with
 * non-finite losses gets that verdict alone: the rest of its numbers mean nothing.
 */
export function diagnose(subject: Subject): readonly Finding[] {
  const validity = diagnoseValidity(subject);
  if (validity.some((finding) => finding.severity === "problem" && VOID.includes(finding.code)))
    return validity;
  const families = hasOt(subject) && isActWithOt(subject) ? [...OF_TRANSPORT, ...OF_TRAINING] : OF_TRAINING;
  return bySeverity([...validity, ...families.flatMap((family) => family(subject))]);
}

const RANK = { problem: 0, warning: 1, note: 2, good: 3 } as const;

/** Stable: findings of one severity stay in the order of their families. */
export function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}
