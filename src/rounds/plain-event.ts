import * as z from "zod";
import type { Claim, EventOf, LedgerEvent, OutcomeEvent } from "./events.ts";

/**
 * Nearly all of a long ledger is claims and outcomes. One that is written just as the program writes it is recognised here at a
 * fraction of what the schemas take; everything else is theirs, and so is every refusal.
 */

type Check = (value: unknown) => boolean;
/** Every field has its check; one that may be missing counts only where it is there. */
type Checks<Shape> = { readonly [Field in keyof Required<Shape>]: Check };

const TIME = z.regexes.datetime({});
const ROUND = /^\d{4}$/;

const isString: Check = (value) => typeof value === "string";
const isText: Check = (value) => typeof value === "string" && value !== "";
const isTime: Check = (value) => typeof value === "string" && TIME.test(value);
const isRound: Check = (value) => typeof value === "string" && ROUND.test(value);
const isInteger: Check = (value) => Number.isSafeInteger(value);
const isNumber: Check = (value) => Number.isFinite(value);
const isCount: Check = (value) => typeof value === "number" && Number.isSafeInteger(value) && value > 0;
const isDuration: Check = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

/** An object with these fields and no others; those that are `optional` may be missing. */
function shape<Shape>(checks: Checks<Shape>, optional: readonly (keyof Shape)[] = []): Check {
  const known = new Map<string, Check>(Object.entries(checks));
  const spared = new Set<PropertyKey>(optional);
  const required = known.size - spared.size;
  return (value) => {
    if (!isRecord(value)) return false;
    let needed = 0;
    for (const name in value) {
      if (known.get(name)?.(value[name]) !== true) return false;
      if (!spared.has(name)) needed += 1;
    }
    return needed === required;
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isOutcome = shape<OutcomeEvent>({
  key: isText,
  at: isTime,
  event: isString,
  round: isRound,
  trial: isString,
  attempt: isCount,
  run_id: isString,
  reason: orNull(isString),
  exit: orNull(isInteger),
  signal: orNull(isString),
  steps: orNull(isInteger),
  device_seconds: isDuration,
  device: orNull(isString),
  eval_l1: orNull(isNumber),
});

const isClaim = shape<Claim>(
  {
    id: isString,
    attempt: isCount,
    run_id: isString,
    steps: isCount,
    resume: shape<NonNullable<Claim["resume"]>>({ attempt: isCount, run_id: isString }),
  },
  ["steps", "resume"],
);

const isDispatch = shape<EventOf<"dispatched">>({
  key: isText,
  at: isTime,
  event: isString,
  round: isRound,
  dispatch: isString,
  trials: (value) => Array.isArray(value) && value.length > 0 && value.every(isClaim),
});

const PLAIN = new Map<unknown, Check>([
  ["dispatched", isDispatch],
  ["finished", isOutcome],
  ["invalid", isOutcome],
  ["stopped", isOutcome],
  ["failed", isOutcome],
  ["interrupted", isOutcome],
]);

/** Whether the schemas would take this, and give it back as it is. False says nothing. */
export function isPlainEvent(value: unknown): value is LedgerEvent {
  return isRecord(value) && PLAIN.get(value["event"])?.(value) === true;
}
