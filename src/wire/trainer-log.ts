/** What the trainer writes to stderr, line by line, as events (trainer facts 8). Pure and incremental. */
import { type Sentinel, sentinelOf } from "./trainer-sentinels.ts";

export type TrainerEvent =
  /** Means since the previous step line; `gradNorm` is before clipping. Any value may be NaN or infinite. */
  | {
      readonly kind: "step";
      readonly step: number;
      readonly loss: number;
      readonly gradNorm: number;
      readonly lr: number;
    }
  | {
      readonly kind: "eval";
      readonly step: number;
      readonly avgLoss: number;
      readonly avgL1: number;
      readonly batches: number;
    }
  | { readonly kind: "checkpoint"; readonly step: number }
  /** The page of the W&B run, null when offline. Foreign text. */
  | { readonly kind: "tracked"; readonly url: string | null }
  /** The loop over batches begins. */
  | { readonly kind: "started" }
  | {
      readonly kind: "sentinel";
      readonly sentinel: Sentinel;
      readonly afterStep: number;
      readonly line: string;
    }
  /** The trainer's own last word; missing when it was stopped or crashed. */
  | { readonly kind: "ended" };

export interface LogGrid {
  /** A step line is printed at every multiple of it. */
  readonly logFreq: number;
  /** Where a resumed training goes on; 0 for a fresh one. */
  readonly initialStep?: number;
}

/** One line → its event, or null. Keeps the step counter between lines, so feed it every line of one attempt in order. */
export type TrainerLineReader = (line: string) => TrainerEvent | null;

const PREFIX = /^[A-Z]+ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d .*?:\d+ (.*)$/;
const STEP = /^step:(\S+) smpl:\S+ ep:\S+ epch:\S+ loss:(\S+) grdn:(\S+) lr:(\S+) /;
const EVAL_AT = /^Offline eval \(no env\) at step (\d+) /;
const EVAL = /^Offline eval: avg_loss=(\S+), avg_l1=(\S+) over (\d+) batches/;
const CHECKPOINT = /^Checkpoint policy after step (\d+)$/;
const TRACKED = /^Track this run --> (\S+)/;
const START = "Start offline training on a fixed dataset";
const END = "End of training";

export function trainerLineReader({ logFreq, initialStep = 0 }: LogGrid): TrainerLineReader {
  let lastStep = initialStep;
  let evalStep = initialStep;

  /** Eval and checkpoint lines name exact steps; they put the counter right should a step line ever be missed. */
  const anchor = (step: number): void => {
    lastStep = Math.max(lastStep, logFreq > 0 ? Math.floor(step / logFreq) * logFreq : step);
  };

  const readMessage = (message: string): TrainerEvent | null => {
    const step = STEP.exec(message);
    if (step) {
      const [, printed = "", loss = "", gradNorm = "", lr = ""] = step;
      lastStep = exactStep({ printed, lastStep, logFreq });
      return {
        kind: "step",
        step: lastStep,
        loss: pythonFloat(loss),
        gradNorm: pythonFloat(gradNorm),
        lr: pythonFloat(lr),
      };
    }
    const evalAt = EVAL_AT.exec(message);
    if (evalAt) {
      evalStep = Number(evalAt[1]);
      anchor(evalStep);
      return null;
    }
    const evaluated = EVAL.exec(message);
    if (evaluated) {
      const [, avgLoss = "", avgL1 = "", batches = ""] = evaluated;
      return {
        kind: "eval",
        step: evalStep,
        avgLoss: pythonFloat(avgLoss),
        avgL1: pythonFloat(avgL1),
        batches: Number(batches),
      };
    }
    const checkpoint = CHECKPOINT.exec(message);
    if (checkpoint) {
      anchor(Number(checkpoint[1]));
      return { kind: "checkpoint", step: Number(checkpoint[1]) };
    }
    const tracked = TRACKED.exec(message);
    if (tracked) return { kind: "tracked", url: webAddress(tracked[1]) };
    if (message === START) return { kind: "started" };
    return message === END ? { kind: "ended" } : null;
  };

  return (line) => {
    // Nearly all lines are; a sentinel never is.
    const sentinel = line.startsWith("INFO ") ? null : sentinelOf(line);
    if (sentinel) return { kind: "sentinel", sentinel, afterStep: lastStep, line };
    const message = PREFIX.exec(line)?.[1];
    return message === undefined ? null : readMessage(message);
  };
}

/** All events of a complete text. */
export function readTrainerLog(text: string, grid: LogGrid): TrainerEvent[] {
  const read = trainerLineReader(grid);
  return text
    .split(/[\r\n]+/)
    .map(read)
    .filter((event) => event !== null);
}

const UNITS = ["", "K", "M", "B", "T", "Q"];

/**
 * Printed steps are rounded: 1000 to 1499 print "1K", 1500 and 2500 both "2K" (half to even). The exact one is the next
 * multiple of log_freq, unless lines are missing: then the first later multiple that prints like this.
 */
function exactStep({
  printed,
  lastStep,
  logFreq,
}: {
  printed: string;
  lastStep: number;
  logFreq: number;
}): number {
  const [, digits = "0", unit = ""] = /^(\d+)([KMBTQ]?)$/.exec(printed) ?? [];
  const scale = 1000 ** UNITS.indexOf(unit);
  const shown = Number(digits) * scale;
  if (scale === 1 || logFreq <= 0) return shown;
  const next = (Math.floor(lastStep / logFreq) + 1) * logFreq;
  const first = Math.max(next, Math.ceil((shown - scale / 2) / logFreq) * logFreq);
  return Math.abs(first - shown) <= scale / 2 ? first : shown;
}

/** As Python prints floats: `nan`, `inf`, `-inf`, `3.0e-04`. What is no number is not finite either. */
function pythonFloat(text: string): number {
  if (text === "inf") return Number.POSITIVE_INFINITY;
  if (text === "-inf") return Number.NEGATIVE_INFINITY;
  return /^[-+\d.e]+$/i.test(text) ? Number(text) : Number.NaN;
}

function webAddress(text: string | undefined): string | null {
  return text !== undefined && /^https?:\/\/\S+$/.test(text) ? text : null;
}
