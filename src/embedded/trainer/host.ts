import { randomBytes } from "node:crypto";
import { hostname } from "node:os";

/** Everything of the outside world that the trainer touches, files excepted. */
export interface TrainerHost {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly hostname: string;
  /** Written at once, unbuffered. */
  stderr(text: string): void;
  stdout(text: string): void;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly signals: Signals;
  /** Eight characters that no other run has. */
  randomId(): string;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Lets signals and answers in. */
  breathe(): Promise<void>;
  /** Calls again and again until stopped; does not keep the process alive. */
  every(milliseconds: number, call: () => void): () => void;
}

export interface Signals {
  /** Runs `handler` instead of dying; the returned function goes back to dying. */
  onInterrupt(handler: () => void): () => void;
  /** Ends this process by SIGINT, as an uncaught KeyboardInterrupt does. */
  dieOfInterrupt(): void;
}

/** The host of a real process. */
export function processHost(process: NodeJS.Process, argv: readonly string[]): TrainerHost {
  return {
    argv,
    env: process.env,
    cwd: process.cwd(),
    hostname: hostname(),
    stderr: (text) => void process.stderr.write(text),
    stdout: (text) => void process.stdout.write(text),
    fetch: (input, init) => fetch(input, init),
    clock: {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      breathe: () => new Promise((resolve) => setImmediate(resolve)),
      every(milliseconds, call) {
        const timer = setInterval(call, milliseconds);
        timer.unref();
        return () => clearInterval(timer);
      },
    },
    signals: {
      onInterrupt(handler) {
        process.on("SIGINT", handler);
        return () => void process.off("SIGINT", handler);
      },
      dieOfInterrupt() {
        process.removeAllListeners("SIGINT");
        process.kill(process.pid, "SIGINT");
      },
    },
    randomId: () => Array.from(randomBytes(8), (byte) => ALPHABET[byte % ALPHABET.length]).join(""),
  };
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
