/** Watches look at what the trainer says and may ask to stop it. Pure; the first request decides. */
import type { TrainerEvent } from "../wire/trainer-log.ts";
import type { StopRequest } from "./stop.ts";

/** A row of the run's history as it is logged. Only with the live tap; a row closes when the next one begins. */
export interface RowEvent {
  readonly kind: "row";
  /** null when the row carries none. */
  readonly step: number | null;
  /** By canonical key; values may be NaN or infinite. */
  readonly values: ReadonlyMap<string, number>;
}

/** A line of the trainer's log, or a row. */
export type WatchEvent = TrainerEvent | RowEvent;

export type Watch = (event: WatchEvent) => StopRequest | null;

/** A non-finite value never heals: the trainer steps on with NaN weights and exits with 0 (trainer facts 9). */
export const watchNonFinite: Watch = (event) => {
  // The log line of the same step is there before the row is closed.
  if (event.kind === "row") return null;
  const evidence = nonFiniteEvidence(event);
  return evidence && { outcome: "invalid", reason: "non-finite", evidence, urgent: false };
};

/** An unusable GPU does not stop the trainer either: it goes on on the CPU, for days. */
export const watchDeviceFallback: Watch = (event) =>
  event.kind === "sentinel" && event.sentinel === "device-fallback"
    ? { outcome: "failed", reason: "device-fallback", evidence: { line: event.line }, urgent: false }
    : null;

/** Where a value stopped being a number, or null when this event shows none. */
export function nonFiniteEvidence(event: TrainerEvent): StopRequest["evidence"] | null {
  if (event.kind === "sentinel") {
    const poisoned = event.sentinel === "non-finite-loss" || event.sentinel === "non-finite-gradient";
    return poisoned ? { after_step: event.afterStep, line: event.line } : null;
  }
  if (event.kind !== "step" && event.kind !== "eval") return null;
  const { kind, step, ...values } = event;
  const bad = Object.entries(values).find(([, value]) => !Number.isFinite(value));
  return bad ? { step, line: `${kind} ${step}: ${bad[0]} is ${bad[1]}` } : null;
}
