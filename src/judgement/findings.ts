import type { Json } from "../json.ts";
import type { Text } from "./texts.ts";

/** good: as wanted; note: worth knowing; warning: look at it; problem: this is what is wrong. */
export type Severity = "good" | "note" | "warning" | "problem";
/** low: from a summary or from few points; high: many points that agree. */
export type Confidence = "low" | "medium" | "high";

/** One diagnosis of a run, with the numbers and the window that it rests on. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Plain numbers and names, e.g. {median: 0.004, from_step: 1500, to_step: 2000, points: 10}. null = undefined. */
  readonly evidence: Readonly<Record<string, Json>>;
  readonly text: Text;
}

/** A number of a finding's evidence; null where it is absent or no number. */
export function evidenceNumber(finding: Finding | null | undefined, name: string): number | null {
  const value = finding?.evidence[name];
  return typeof value === "number" ? value : null;
}
