import type { Edit } from "./edits.ts";
import type { Text } from "./texts.ts";

/** What a rule expects to be logged after its edits. Bounds are certified where `certified`, otherwise an estimate. */
export interface Prediction {
  /** Canonical metric key. */
  readonly metric: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly certified: boolean;
}

/** finding(s) → prescription: the edits of one rule, why, and what they should do. */
export interface Prescription {
  readonly rule: string;
  /** Short slug for file names, e.g. `mass-up-t1.2`. `[a-z0-9.-]`. */
  readonly signal: string;
  readonly reason: Text;
  readonly edits: readonly Edit[];
  readonly predicts: Prediction | null;
}
