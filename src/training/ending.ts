/** From exit code, signal, our own stop and the log to the outcome of an attempt. Pure. */
import type { Outcome } from "../rounds/outcome.ts";
import type { Sentinel } from "../wire/trainer-sentinels.ts";
import type { Digest } from "./digest.ts";
import type { Device } from "./gpus.ts";
import type { StopRequest } from "./stop.ts";

/** How the process ended, as its direct parent sees it: a code, or a signal, or it could not be started at all. */
export type ProcessEnd =
  | { readonly kind: "exited"; readonly exit: number | null; readonly signal: string | null }
  | { readonly kind: "not-started"; readonly why: string }
  /** Not even SIGKILL ended it: it hangs in the kernel, with its device. */
  | { readonly kind: "stuck" };

export type Judgement = Pick<Outcome, "outcome" | "reason" | "evidence">;

export interface Ending {
  readonly end: ProcessEnd;
  /** What was asked for while it ran; null when nobody did. */
  readonly stop: StopRequest | null;
  readonly digest: Digest;
  readonly device: Pick<Device, "kind">;
  /** Last lines, oldest first. */
  readonly tail: readonly string[];
  /** It was started from a checkpoint of its last step, so there was nothing left to train. */
  readonly complete?: boolean | undefined;
}

export function judgeEnding(ending: Ending): Judgement {
  const { end, stop, digest, tail } = ending;
  if (end.kind === "not-started") return failed("cannot-start", { line: end.why });
  if (end.kind === "stuck") {
    return failed("stuck", { asked: stop?.reason ?? null, ...lastLine(tail) });
  }
  // It was through before our signal arrived.
  if (end.exit === 0 && (digest.ended || !stop)) return judgeExitZero(ending);
  const cause = CAUSES.find((sentinel) => digest.sentinels.has(sentinel));
  if (stop?.reason === STALLED && cause) return failed(cause, { ...stop.evidence, ...lineOf(cause, digest) });
  if (stop) return { outcome: stop.outcome, reason: stop.reason, evidence: stop.evidence };
  if (end.signal !== null) {
    return { outcome: "interrupted", reason: "signal", evidence: { signal: end.signal, ...lastLine(tail) } };
  }
  if (cause) return failed(cause, { exit: end.exit, ...lineOf(cause, digest) });
  const line = exceptionLine(tail);
  return failed("exit", { exit: end.exit, ...(line === undefined ? {} : { line }) });
}

/** A trainer that hangs in its own clean-up, e.g. after it ran out of memory, is silent for another reason. */
export const STALLED = "stalled";

function lineOf(sentinel: Sentinel, digest: Digest): { line?: string } {
  const line = digest.sentinels.get(sentinel);
  return line === undefined ? {} : { line };
}

/** Exit 0 proves little: NaN, a lost GPU and nothing to do all end with it (trainer facts 9). */
function judgeExitZero({ digest, device, tail, complete = false }: Ending): Judgement {
  const fallback = digest.sentinels.get("device-fallback");
  if (device.kind === "gpu" && fallback !== undefined) return failed("device-fallback", { line: fallback });
  if (digest.nonFinite) return { outcome: "invalid", reason: "non-finite", evidence: digest.nonFinite };
  if (digest.lastStep === null && !complete) return failed("trained-nothing", lastLine(tail));
  return { outcome: "finished", reason: null, evidence: {} };
}

/** Sentinels that explain a failure, the most telling first. */
const CAUSES: readonly Sentinel[] = [
  "out-of-memory",
  "disk-full",
  "config-refused",
  "output-exists",
  "no-ot-pairs",
  "wandb-error",
];

function failed(reason: string, evidence: Judgement["evidence"]): Judgement {
  return { outcome: "failed", reason, evidence };
}

/** The last line of a traceback names the exception; warnings of a shutdown may follow it. */
function exceptionLine(tail: readonly string[]): string | undefined {
  return tail.findLast((line) => /^[\w.]*(?:Error|Exception|Interrupt|Exit)\b/.test(line)) ?? tail.at(-1);
}

function lastLine(tail: readonly string[]): { line?: string } {
  const line = tail.at(-1);
  return line === undefined ? {} : { line };
}
