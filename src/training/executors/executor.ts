/**
 * Somebody else's queue that trains for us: it decides when and on which node. Whatever is handed over lies in a folder that its
 * nodes see under the same path, and the job reports into that folder.
 */
import type { StopSignal } from "../stop.ts";
import type { JobReport } from "./job-folder.ts";

/** Where a job belongs. Both are the same whenever the same attempt is handed over. */
export interface JobPlace {
  /** `autoloop-<trial>-a<n>` */
  readonly name: string;
  /** Absolute; also tells apart attempts of one name from two repositories. */
  readonly folder: string;
}

/** All that runs one trainer on another machine. Paths are absolute. */
export interface Task extends JobPlace {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Both streams of the trainer go there. */
  readonly log: string;
  /** All that the trainer sees, but for the GPUs that it is given. */
  readonly env: Readonly<Record<string, string>>;
  readonly gpu: boolean;
}

export interface Ticket extends JobPlace {
  /** The queue's own number of the job. */
  readonly job: string;
}

export type JobState =
  | { readonly kind: "queued"; readonly why: string }
  | { readonly kind: "running" }
  /** It is over; `word` is the queue's own, e.g. `COMPLETED`, `TIMEOUT`. */
  | { readonly kind: "done" | "failed"; readonly word: string }
  /** The queue answers and does not know the job. */
  | { readonly kind: "absent" }
  /** The queue does not answer: this says nothing about the job. */
  | { readonly kind: "silent"; readonly why: string };

export interface PolledState {
  readonly state: JobState;
  /** When the queue was asked, by the steady clock. */
  readonly asked: number;
}

/** `withdraw` takes a job out of the queue unless it has begun. */
export type CancelMode = StopSignal | "withdraw";

export interface Executor {
  /** @throws AutoloopError `training.no-slurm` where this machine has no such queue. */
  check(): Promise<void>;
  /**
   * Hands a task over, once: a job of that place which waits, runs or has begun is taken over instead.
   * @throws AutoloopError `training.slurm-refused`, `training.slurm-silent`.
   */
  submit(task: Task): Promise<Ticket>;
  /** The job of a place, null when there is none. @throws AutoloopError `training.slurm-silent`. */
  find(place: JobPlace): Promise<Ticket | null>;
  /** The answer may be that of a moment ago, so that many attempts ask one question; of a shorter moment in a `hurry`. */
  poll(ticket: Ticket, options?: { readonly hurry: boolean }): Promise<PolledState>;
  /** True when the queue took the request. */
  cancel(ticket: Ticket, mode: CancelMode): Promise<boolean>;
  /** What the job wrote about itself so far. */
  collect(place: JobPlace): Promise<JobReport>;
}
