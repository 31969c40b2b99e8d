import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { messageOf } from "../errors.ts";
import { lineSplitter } from "../wire/line-splitter.ts";
import type { ProcessEnd } from "./ending.ts";
import type { Spawn, SpawnOptions, TrainerProcess } from "./ports.ts";

export interface StartedTrainer {
  readonly kind: "started";
  readonly child: TrainerProcess;
  /** Also the id of its process group and session. */
  readonly pid: number;
  readonly end: Promise<ProcessEnd>;
  /** Aborts with `end`. */
  readonly ended: AbortSignal;
}

export interface StartOptions {
  readonly spawn: Spawn;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: SpawnOptions["env"];
}

export async function startTrainer(
  options: StartOptions,
): Promise<StartedTrainer | Extract<ProcessEnd, { kind: "not-started" }>> {
  const { spawn, file, args, cwd, env } = options;
  try {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const gone = new AbortController();
    const end = new Promise<ProcessEnd>((resolve) => {
      child.once("exit", (exit, signal) => resolve({ kind: "exited", exit, signal }));
      child.once("error", (error) => resolve({ kind: "not-started", why: error.message }));
    });
    void end.then(() => gone.abort());
    if (child.pid !== undefined) return { kind: "started", child, pid: child.pid, end, ended: gone.signal };
    const failure = await end;
    return failure.kind === "not-started" ? failure : { kind: "not-started", why: `${file} has no pid` };
  } catch (error) {
    // Some refusals are thrown, e.g. a command line that is too long.
    return { kind: "not-started", why: messageOf(error) };
  }
}

export interface Pump {
  readonly stream: Readable;
  /** A promise: no more is read before it has settled. */
  readonly onChunk: (chunk: Uint8Array) => Promise<void> | null;
  readonly onLine: (line: string) => void;
}

/**
 * Reads one stream to its end. The trainer has to wait when we are slower, so no flood fills our memory. Listens instead of iterating:
 * a promise for each of many small chunks costs more than their lines.
 */
export async function pumpLines({ stream, onChunk, onLine }: Pump): Promise<void> {
  const decoder = new StringDecoder("utf8");
  const lines = lineSplitter();
  const waitFor = async (wait: Promise<void>): Promise<void> => {
    stream.pause();
    await wait;
    stream.resume();
  };
  await new Promise<void>((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(error);
      stream.destroy();
    };
    stream.on("data", (chunk: Buffer) => {
      try {
        for (const line of lines.push(decoder.write(chunk))) onLine(line);
        const wait = onChunk(chunk);
        if (wait) waitFor(wait).catch(fail);
      } catch (error) {
        fail(error);
      }
    });
    stream.on("error", reject);
    // Without an end before it where we closed it ourselves, because something that left the process group still holds the other end.
    stream.once("close", resolve);
  });
  for (const line of lines.rest()) onLine(line);
}
