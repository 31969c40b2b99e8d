/** Does the transport plan live? Judged at one step, over many readings: each is one batch of a few pairs (trainer facts 1.3). */
import type { JsonObject } from "../../json.ts";
import { OT_LOSS, PI_SUM } from "../../judgement/metrics.ts";
import { type OtKnobs, otKnobs, temperatureOf } from "../../judgement/ot-knobs.ts";
import { mannKendall, median, medianSlope } from "../../judgement/statistics.ts";
import { isBroken } from "../../judgement/transport.ts";
import type { StopRequest } from "../stop.ts";
import type { RowEvent, Watch } from "../watch.ts";

export interface OtLimits {
  /** Judged at the first row from this step on that has enough readings; while the mass rises, again at each later one. */
  readonly at: number;
  /** The last so many readings are judged, never fewer. */
  readonly points: number;
  /** Median of pi_sum below which no pair carries mass. */
  readonly dead: number;
  /** One reading above this and the plan is not dead. */
  readonly live: number;
  /** Share of readings that prove a broken solver. */
  readonly brokenShare: number;
}

interface Reading {
  readonly step: number;
  readonly mass: number;
}

/** A trend this unlikely to be chance counts as a rise. */
const RISING_P = 0.1;

/**
 * Stops a training whose plan is dead (`ot-dead`) or whose solver broke on most batches (`ot-broken`): `stopped`. L1 and eval of
 * such a run look as good as ever. Null: this configuration has no plan to look after, as a control with `lambda_ot` 0.
 */
export function watchOt(config: JsonObject, limits: OtLimits): Watch | null {
  const knobs = otKnobs(config);
  if (!knobs.enabled || knobs.lambda === 0) return null;
  const law = lawOf(knobs);
  const readings: Reading[] = [];
  let judged = false;
  return (event) => {
    const reading = event.kind === "row" && !judged ? readingOf(event) : null;
    if (!reading || reading.step <= (readings.at(-1)?.step ?? -1)) return null;
    readings.push(reading);
    if (readings.length > limits.points) readings.shift();
    if (reading.step < limits.at || readings.length < limits.points) return null;
    if (isRising(readings)) return null;
    judged = true;
    return verdict(readings, { limits, law });
  };
}

/** A plan out of NaN costs reads as exactly 1: it says nothing (trainer facts 9). */
function readingOf({ step, values }: RowEvent): Reading | null {
  const mass = values.get(PI_SUM);
  const loss = values.get(OT_LOSS);
  if (step === null || mass === undefined || !(mass >= 0) || mass === Number.POSITIVE_INFINITY) return null;
  return loss !== undefined && !Number.isFinite(loss) ? null : { step, mass };
}

interface BreakLaw {
  readonly reg: number;
  readonly temperature: number;
}

/** Only with the diagonal reference measure a reading can prove that the solver broke (search facts 7, OT-0). */
function lawOf(knobs: OtKnobs): BreakLaw | null {
  const temperature = temperatureOf(knobs);
  if (!knobs.heuristic || temperature === null || knobs.reg === null || !(knobs.reg > 0)) return null;
  return { reg: knobs.reg, temperature };
}

/** On its way up by itself; on logarithms, as dead plans span hundreds of decades. */
function isRising(readings: readonly Reading[]): boolean {
  const logs = readings.map(({ mass }) => Math.log(Math.max(mass, Number.MIN_VALUE)));
  if (mannKendall(logs).p >= RISING_P) return false;
  return (
    medianSlope(
      readings.map(({ step }) => step),
      logs,
    ) > 0
  );
}

function verdict(
  readings: readonly Reading[],
  { limits, law }: { limits: OtLimits; law: BreakLaw | null },
): StopRequest | null {
  const masses = readings.map(({ mass }) => mass);
  const level = median(masses);
  const highest = Math.max(...masses);
  const broken = law ? masses.filter((mass) => isBroken(mass, law)).length / masses.length : 0;
  const evidence = {
    step: readings.at(-1)?.step ?? 0,
    from_step: readings[0]?.step ?? 0,
    readings: readings.length,
    median_pi_sum: level,
    highest_pi_sum: highest,
  };
  if (law && broken >= limits.brokenShare) {
    return stopped("ot-broken", {
      ...evidence,
      broken_share: broken,
      limit: limits.brokenShare,
      reg: law.reg,
      temperature: law.temperature,
    });
  }
  if (level < limits.dead && highest < limits.live) {
    return stopped("ot-dead", { ...evidence, limit: limits.dead });
  }
  return null;
}

function stopped(reason: "ot-dead" | "ot-broken", evidence: StopRequest["evidence"]): StopRequest {
  return { outcome: "stopped", reason, evidence, urgent: false };
}
