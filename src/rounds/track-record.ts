import { type RuleRecord, recordByRule, relativeError } from "../judgement/prediction-record.ts";
import type { CheckedPrediction } from "./events.ts";
import type { History } from "./history.ts";

/** What the ledger holds of kept and broken promises, per rule; without those of one round where it is named. */
export function trackRecord(
  { rounds }: History,
  { except, also = [] }: { readonly except?: string; readonly also?: readonly CheckedPrediction[] } = {},
): readonly RuleRecord[] {
  const kept = [...rounds.values()].flatMap(({ round, predictions }) =>
    round === except ? [] : predictions,
  );
  return recordByRule(
    [...kept, ...also].map(({ rule, inside, value, observed }) => ({
      rule,
      inside,
      error: relativeError(value, observed),
    })),
  );
}
