/** A trial is never trained by two at once, also when the settings name another executor than the one that has it. */
import { type AttemptRecord, openAttemptsOf } from "./attempt-record.ts";
import type { AttemptId } from "./outcome-files.ts";

interface Asked {
  readonly stateDir: string;
  readonly job: AttemptId;
}

/** Why a trial may not begin on this machine: another attempt of it has no end yet, here or in Slurm. null: it may. */
export async function trainedAnywhere({ stateDir, job }: Asked): Promise<string | null> {
  const [other] = await othersOf({ stateDir, job });
  if (!other) return null;
  return other.remote ? heldBySlurm(other, other.remote) : heldHere(other);
}

/** The same for Slurm, whose own jobs are looked after by its engine. */
export async function trainedHere({ stateDir, job }: Asked): Promise<string | null> {
  const local = (await othersOf({ stateDir, job })).find(({ remote }) => !remote);
  return local ? heldHere(local) : null;
}

async function othersOf({ stateDir, job }: Asked): Promise<readonly AttemptRecord[]> {
  return (await openAttemptsOf(stateDir, job.trial)).filter(({ attempt }) => attempt !== job.attempt);
}

/** What a dead launcher left was ended before anything begins, so this one's lives. */
function heldHere({ attempt, launcher }: AttemptRecord): string {
  return `Attempt ${attempt} of this trial still trains on this machine, or on another one that shares its state folder, under process ${launcher.pid}. It begins when that has ended.`;
}

function heldBySlurm(
  { trial, attempt }: AttemptRecord,
  { job, name }: NonNullable<AttemptRecord["remote"]>,
): string {
  const which = job ? `job ${job}` : `a job named ${name}`;
  return `Attempt ${attempt} of this trial may still train in Slurm, as ${which}. Set \`executor: slurm\` until it has ended, or end it with scancel and delete attempts/${trial}-${attempt}.json in the state folder.`;
}
