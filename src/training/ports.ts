/** What this room needs from the outside. Adapters for commands and processes are beside it; the house brings clock and environment. */
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment, for durations: unlike `now` it does not jump when the machine's clock is corrected. */
  steady(): number;
  /** Ends after `ms` or as soon as `signal` aborts, whichever comes first. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

interface CommandRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  /** Instead of the runner's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Ends it early; it has failed then. */
  readonly signal?: AbortSignal;
}

export type CommandResult =
  | { readonly kind: "exited"; readonly exit: number; readonly stdout: string; readonly stderr: string }
  /** There is no such program. */
  | { readonly kind: "missing" }
  | { readonly kind: "failed"; readonly why: string };

/** Runs a short program to its end. Never throws; an exit code other than 0 is a result. */
export type RunCommand = (request: CommandRequest) => Promise<CommandResult>;

export interface SpawnOptions {
  readonly cwd: string;
  readonly env: Record<string, string>;
  /** Its own process group, so that a signal reaches the trainer's workers too. */
  readonly detached: true;
  readonly stdio: ["ignore", "pipe", "pipe"];
}

export type TrainerProcess = ChildProcessByStdio<null, Readable, Readable>;

/** `spawn` of `node:child_process`. */
export type Spawn = (file: string, args: readonly string[], options: SpawnOptions) => TrainerProcess;
