/** What Slurm says of our jobs. */
import { AutoloopError } from "../../errors.ts";
import { plainLine } from "../neutral-text.ts";
import type { Clock, CommandResult, RunCommand } from "../ports.ts";
import type { Executor, JobPlace, JobState, Ticket } from "./executor.ts";
import { readReport } from "./job-folder.ts";
import {
  accountArguments,
  LIST_ARGUMENTS,
  type ListedJob,
  readAccount,
  readJobList,
} from "./slurm-commands.ts";

export type SlurmPrograms = (file: string, args: readonly string[]) => Promise<CommandResult>;

export function slurmPrograms(run: RunCommand): SlurmPrograms {
  return (file, args) => run({ file, args, timeoutMs: 60_000 });
}

type Listing = { readonly asked: number } & (
  | { readonly jobs: readonly ListedJob[] }
  | { readonly silent: string }
);

/** A slurmctld that is restarted or busy answers within minutes. */
const TRIES = 3;
const HURRY_MS = 1_000;

export function slurmQueue(
  { clock, pollMs }: { readonly clock: Clock; readonly pollMs: number },
  slurm: SlurmPrograms,
): Pick<Executor, "find" | "poll"> {
  const list = async (): Promise<Listing> => {
    const asked = clock.steady();
    const result = await slurm("squeue", LIST_ARGUMENTS);
    return succeeded(result)
      ? { asked, jobs: readJobList(result.stdout) }
      : { asked, silent: complaintOf(result) };
  };
  const recently = remembered(list, clock);

  const listPatiently = async (): Promise<readonly ListedJob[]> => {
    for (let tries = 1; ; tries += 1) {
      const listing = await recently(0);
      if ("jobs" in listing) return listing.jobs;
      if (tries === TRIES) throw silence(listing.silent);
      await clock.sleep(pollMs);
    }
  };

  /** A job that waits or runs, or has at least begun. One that ended in the queue never trained: it is as if it were not there. */
  const find = async (place: JobPlace): Promise<Ticket | null> => {
    const { started, ended } = await readReport(place.folder);
    const job = started?.job ?? ended?.job;
    if (job !== undefined) return { ...place, job };
    const jobs = await listPatiently();
    const alive = jobs.find(
      (one) =>
        one.name === place.name &&
        one.folder === place.folder &&
        (one.state.kind === "queued" || one.state.kind === "running"),
    );
    return alive ? { ...place, job: alive.job } : null;
  };

  return {
    find,
    poll: async ({ job }, { hurry } = { hurry: false }) => {
      const listing = await recently(hurry ? Math.min(HURRY_MS, pollMs) : pollMs);
      const { asked } = listing;
      if ("silent" in listing) return { asked, state: { kind: "silent", why: listing.silent } };
      const listed = listing.jobs.find((one) => one.job === job)?.state;
      return { asked, state: listed ?? (await accountOf(job, slurm)) };
    },
  };
}

async function accountOf(job: string, slurm: SlurmPrograms): Promise<JobState> {
  const result = await slurm("sacct", accountArguments(job));
  // Many clusters keep no accounts; then nobody knows the job.
  return (succeeded(result) && readAccount(result.stdout, job)) || { kind: "absent" };
}

export function succeeded(result: CommandResult): result is Extract<CommandResult, { kind: "exited" }> {
  return result.kind === "exited" && result.exit === 0;
}

/** The last line says it: those before it are warnings. */
export function complaintOf(result: CommandResult): string {
  if (result.kind === "missing") return "its program is missing";
  if (result.kind === "failed") return result.why;
  const lines = `${result.stderr}\n${result.stdout}`.split("\n").map((line) => plainLine(line).trim());
  return (lines.findLast((line) => line !== "") ?? `exit code ${result.exit}`).slice(0, 300);
}

function silence(why: string): AutoloopError {
  return new AutoloopError("training.slurm-silent", {
    what: `Slurm does not answer: ${why}.`,
    next: "Launch the same dispatch again when `squeue` works; jobs that run are found again.",
  });
}

/** One answer, however many ask: it may be `maxAgeMs` old, or still be on its way. */
function remembered<Answer>(ask: () => Promise<Answer>, clock: Clock): (maxAgeMs: number) => Promise<Answer> {
  let last: { readonly at: number; readonly answer: Promise<Answer> } | null = null;
  return (maxAgeMs) => {
    if (last === null || clock.steady() - last.at >= maxAgeMs) last = { at: clock.steady(), answer: ask() };
    return last.answer;
  };
}
