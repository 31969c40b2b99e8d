import type { RunState } from "../judgement/run.ts";

const KNOWN: ReadonlySet<string> = new Set<RunState>(["finished", "running", "failed", "crashed", "killed"]);
const SILENT_MS = 10 * 60_000;
const CRASHED_EXIT = 254;

function isKnown(state: string): state is RunState {
  return KNOWN.has(state);
}

/** W&B's word for a state. A run that waits (pending) or is being preempted is `unknown`: it says nothing about training. */
export function stateFromWandb(state: string | null): RunState {
  const lower = state?.toLowerCase() ?? "";
  return isKnown(lower) ? lower : "unknown";
}

/** The state of a run by its local file (wandb facts 10). `silentMs` = time since the file last changed. */
export function stateFromFile({
  exitCode,
  silentMs,
}: {
  exitCode: number | null;
  silentMs: number;
}): RunState {
  if (exitCode === 0) return "finished";
  if (exitCode === CRASHED_EXIT) return "crashed";
  if (exitCode !== null) return "failed";
  return silentMs > SILENT_MS ? "crashed" : "running";
}
