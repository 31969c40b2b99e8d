/** From what a job and its queue say to the outcome of an attempt: the judgement of the local supervisor, plus what only a queue can do. Pure. */
import type { Digest } from "../digest.ts";
import { type Judgement, judgeEnding, type ProcessEnd } from "../ending.ts";
import type { StopRequest } from "../stop.ts";
import type { JobState } from "./executor.ts";
import type { JobReport } from "./job-folder.ts";

export interface RemoteEnding {
  readonly report: JobReport;
  /** The queue's last word; `silent` when it was not asked or did not answer. */
  readonly state: JobState;
  /** What we asked for ourselves; null when nobody did. */
  readonly stop: StopRequest | null;
  readonly digest: Digest;
  /** Last lines, oldest first. */
  readonly tail: readonly string[];
  readonly gpu: boolean;
  /** There was nothing left to train. */
  readonly complete?: boolean | undefined;
}

export function judgeRemoteEnding(ending: RemoteEnding): Judgement {
  const { report, state, stop, gpu } = ending;
  const stopped = stop ?? stoppedByQueue(ending);
  const end = processEnd(ending);
  if (end) return judgeEnding({ ...ending, end, stop: stopped, device: { kind: gpu ? "gpu" : "cpu" } });
  if (stopped) return { outcome: stopped.outcome, reason: stopped.reason, evidence: stopped.evidence };
  if (state.kind === "absent") {
    return { outcome: "interrupted", reason: "job-lost", evidence: { line: lineOf(ending) } };
  }
  // The script could not even report: the node does not see the folder, or it was killed with everything.
  return {
    outcome: "failed",
    reason: "no-report",
    evidence: { began: report.started !== null, line: lineOf(ending) },
  };
}

/**
 * Whether the queue has to be asked how it came to this end: a signal that we did not send may be its time limit, its memory limit
 * or somebody's scancel, and they count differently.
 */
export function asksForState({ ended }: JobReport, stop: StopRequest | null): boolean {
  return ended !== null && stop === null && ended.why === null && (ended.signal ?? ended.asked) !== null;
}

function processEnd({ report: { ended }, digest, tail, stop }: RemoteEnding): ProcessEnd | null {
  if (!ended) return null;
  if (ended.why === "no-folder") {
    return { kind: "not-started", why: "`trainer.cwd` is no folder on the node that Slurm chose" };
  }
  // What a shell says when there is no such program, or none that can be run.
  const unstartable = (ended.exit === 126 || ended.exit === 127) && digest.lastStep === null && !stop;
  if (unstartable) return { kind: "not-started", why: tail.at(-1) ?? `exit code ${ended.exit}` };
  return { kind: "exited", exit: ended.exit, signal: ended.signal };
}

type QueueEnd = readonly [StopRequest["outcome"], reason: string];

/** Ends that the queue brought about, by its own word. A limit is a mistake of the settings, so it is not tried again for ever. */
const BY_WORD: ReadonlyMap<string, QueueEnd> = new Map<string, QueueEnd>([
  ["PREEMPTED", ["interrupted", "preempted"]],
  ["CANCELLED", ["interrupted", "job-cancelled"]],
  ["REVOKED", ["interrupted", "job-cancelled"]],
  ["NODE_FAIL", ["interrupted", "node-fail"]],
  ["BOOT_FAIL", ["interrupted", "node-fail"]],
  ["TIMEOUT", ["failed", "time-limit"]],
  ["DEADLINE", ["failed", "time-limit"]],
  ["OUT_OF_MEMORY", ["failed", "out-of-memory"]],
]);

function stoppedByQueue(ending: RemoteEnding): StopRequest | null {
  const { ended } = ending.report;
  if (ended && ended.signal === null && ended.asked === null) return null;
  const [outcome, reason] = queueEnd(ending) ?? [];
  return outcome && reason ? { outcome, reason, evidence: { line: lineOf(ending) }, urgent: false } : null;
}

function queueEnd({ report: { ended }, state }: RemoteEnding): QueueEnd | undefined {
  if (ended?.asked === "requeue" || (ended?.asked && state.kind === "queued")) {
    return ["interrupted", "requeued"];
  }
  const word = state.kind === "done" || state.kind === "failed" ? state.word : null;
  const known = word === null ? undefined : BY_WORD.get(word);
  if (known || !ended?.asked) return known;
  // Of all that sends SIGTERM only the notice before the time limit leaves the job to end by itself.
  return ended.asked === "TERM" && word !== null ? ["failed", "time-limit"] : ["interrupted", "signal"];
}

function lineOf({ tail }: RemoteEnding): string | null {
  return tail.at(-1) ?? null;
}
