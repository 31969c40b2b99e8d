/** What is said to Slurm's programs, and how their answers are read. Pure. Only flags and formats that Slurm 20.11 has. */
import type { CancelMode, JobPlace, JobState } from "./executor.ts";
import { scriptOf } from "./job-folder.ts";
import type { SlurmSettings } from "./slurm-settings.ts";

/** Seconds that a trainer has for its end before its time is up: it needs about 3 (trainer facts 9). */
const NOTICE_SECONDS = 60;

/**
 * `--export=NONE` and one restart at most: the environment is a file, and a trainer refuses the output folder of an earlier start.
 * `--output` is for Slurm's own words; the trainer's go to its log.
 */
export function submitArguments(place: JobPlace, settings: SlurmSettings): string[] {
  const { partition, account, gres, time, extra } = settings;
  const chosen = Object.entries({ partition, account, gres, time }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
  return [
    "--parsable",
    `--job-name=${place.name}`,
    `--chdir=${place.folder}`,
    "--output=slurm.log",
    "--open-mode=append",
    "--export=NONE",
    `--signal=B:TERM@${NOTICE_SECONDS}`,
    "--no-requeue",
    "--nodes=1",
    "--ntasks=1",
    ...chosen,
    ...extra,
    scriptOf(place.folder),
    place.folder,
  ];
}

/** `12`, or `12;cluster`. */
export function readJobNumber(stdout: string): string | null {
  return /^(\d+)(?:;[\w.-]+)?\s*$/.exec(stdout)?.[1] ?? null;
}

/** The folder is last, because it alone may hold any character. */
export const LIST_ARGUMENTS: readonly string[] = [
  "--me",
  "--states=all",
  "--noheader",
  "--format=%A|%T|%j|%r|%Z",
];

export interface ListedJob extends JobPlace {
  readonly job: string;
  readonly state: JobState;
}

/** Jobs that slurmctld remembers: those that are over for `MinJobAge`, 5 minutes by default. */
export function readJobList(stdout: string): ListedJob[] {
  return stdout.split("\n").flatMap((line) => {
    const [, job, word, name, reason, folder] =
      /^(\d+)\|([^|]+)\|([^|]*)\|([^|]*)\|(.*)$/.exec(line.trim()) ?? [];
    if (job === undefined || word === undefined || name === undefined || folder === undefined) return [];
    return [{ job, name, folder, state: stateOf(word, reason) }];
  });
}

export function accountArguments(job: string): string[] {
  return ["--noheader", "--parsable2", "--allocations", "--format=JobIDRaw,State", `--jobs=${job}`];
}

/** Accounting keeps a job for months; null where it does not know it. `CANCELLED by 1000` is one state. */
export function readAccount(stdout: string, job: string): JobState | null {
  const states = stdout.split("\n").flatMap((line) => {
    const [number, word] = line.trim().split("|");
    return number === job && word ? [stateOf(/^[A-Z_]*/.exec(word)?.[0] ?? "")] : [];
  });
  return states.at(-1) ?? null;
}

const WAITING = new Set([
  "PENDING",
  "CONFIGURING",
  "REQUEUED",
  "REQUEUE_FED",
  "REQUEUE_HOLD",
  "SPECIAL_EXIT",
]);
const OVER = new Set([
  ..."BOOT_FAIL CANCELLED DEADLINE FAILED NODE_FAIL OUT_OF_MEMORY PREEMPTED REVOKED TIMEOUT".split(" "),
]);

/** What is not known to be over runs: RUNNING, COMPLETING, SUSPENDED, SIGNALING, and words of later versions. */
function stateOf(word: string, why = ""): JobState {
  if (WAITING.has(word)) return { kind: "queued", why };
  if (word === "COMPLETED") return { kind: "done", word };
  return OVER.has(word) ? { kind: "failed", word } : { kind: "running" };
}

/**
 * SIGINT goes to the batch shell, which hands it on (see the script). Slurm has one way to end a job: SIGTERM to all of it and,
 * `KillWait` later, SIGKILL.
 */
export function cancelArguments(job: string, mode: CancelMode): string[] {
  if (mode === "withdraw") return ["--state=PENDING", job];
  return mode === "SIGINT" ? ["--signal=INT", "--batch", job] : [job];
}
