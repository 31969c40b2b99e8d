import { type Conditions, type Outcome, SOLVER_WARNED } from "../rounds/outcome.ts";
import type { AttemptRecord } from "./attempt-record.ts";
import type { Digest } from "./digest.ts";
import type { Judgement } from "./ending.ts";
import type { Device } from "./gpus.ts";
import { type Curves, wholeCurves } from "./outcome-curves.ts";

/** What an outcome says about the attempt itself, known before it begins. */
interface AttemptFacts
  extends Pick<Outcome, "round" | "dispatch" | "trial" | "attempt" | "run_id" | "started">,
    Pick<AttemptRecord, "resumed"> {}

export interface OutcomeParts {
  readonly facts: AttemptFacts;
  readonly judgement: Judgement;
  readonly exit: number | null;
  readonly signal: string | null;
  readonly ended: string;
  readonly device: string;
  readonly digest: Digest;
  readonly tail: readonly string[];
  /** Curves that were written beside the log; they hold more digits and more keys, so they win. */
  readonly written: Curves;
  /** Curves up to the checkpoint that it went on from; empty when it began anew. */
  readonly prior: Curves;
  readonly conditions: Conditions;
  /** Removes secrets from text that comes from the trainer. */
  readonly clean: (text: string) => string;
}

/** Bytes that an outcome may have as JSON. */
const MAX_BYTES = 1_000_000;

export function composeOutcome(parts: OutcomeParts): Outcome {
  const { facts, judgement, digest, clean } = parts;
  const { round, dispatch, trial, attempt, run_id, started, resumed } = facts;
  const lastStep = digest.lastStep ?? resumed?.step ?? null;
  return fitOutcome({
    schema: "autoloop/outcome@1",
    round,
    dispatch,
    trial,
    attempt,
    run_id,
    started,
    run_url: digest.runUrl,
    outcome: judgement.outcome,
    reason: judgement.reason,
    evidence: {
      ...Object.fromEntries(
        Object.entries(judgement.evidence).map(([key, value]) => [
          key,
          typeof value === "string" ? clean(value).slice(0, 1_000) : value,
        ]),
      ),
      ...(digest.sentinels.has("numerical-errors") ? { [SOLVER_WARNED]: true } : {}),
    },
    exit: parts.exit,
    signal: parts.signal,
    ended: parts.ended,
    device: parts.device,
    device_seconds: Math.max(0, (Date.parse(parts.ended) - Date.parse(started)) / 1000),
    steps: lastStep,
    log_tail: parts.tail.map(clean),
    curves: encodeCurves(wholeCurves({ ...parts, logged: digest.curves, until: resumed && lastStep })),
    conditions: parts.conditions,
    resumed_from: resumed && { attempt: resumed.attempt, step: resumed.step },
  });
}

export function deviceName(device: Device): string {
  return device.kind === "gpu" ? device.id : "cpu";
}

function encodeCurves(curves: Curves): Outcome["curves"] {
  return Object.fromEntries(
    Object.entries(curves)
      .filter(([, curve]) => curve.steps.length > 0)
      .map(([key, { steps, values }]) => [key, { steps: [...steps], values: values.map(token) }]),
  );
}

type Value = Outcome["curves"][string]["values"][number];

function token(value: number): Value {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

/**
 * The same outcome in at most 1 MB: of curves that are too long every second point is left out, again and again. First and
 * last points and the first non-finite one stay, and `evidence.curves_thinned` says how much was left out.
 */
export function fitOutcome(outcome: Outcome, maxBytes = MAX_BYTES): Outcome {
  let fitted = outcome;
  for (
    let factor = 2;
    Buffer.byteLength(JSON.stringify(fitted)) > maxBytes && factor < 2 ** 20;
    factor *= 2
  ) {
    fitted = {
      ...outcome,
      evidence: { ...outcome.evidence, curves_thinned: factor },
      curves: Object.fromEntries(
        Object.entries(outcome.curves).map(([key, curve]) => [key, thin(curve, factor)]),
      ),
    };
  }
  return fitted;
}

function thin(curve: Outcome["curves"][string], factor: number): Outcome["curves"][string] {
  const broken = curve.values.findIndex((value) => typeof value === "string");
  const last = curve.steps.length - 1;
  const keep = (index: number): boolean => index % factor === 0 || index === last || index === broken;
  return {
    steps: curve.steps.filter((_, index) => keep(index)),
    values: curve.values.filter((_, index) => keep(index)),
  };
}
