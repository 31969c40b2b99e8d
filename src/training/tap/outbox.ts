/**
 * Requests of one run that wait on disk: `<run>.<id>.held.jsonl` while a living tap has them, `<run>.<id>.jsonl` after it.
 * A request is one line; a line without its end was never stored. Who holds a file touches it every minute at least, so
 * that one whose holder died can be taken over.
 */
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, truncate, utimes } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../atomic-file.ts";
import type { Clock } from "../ports.ts";
import { type StoredEntry, StoredRequest } from "./stored-request.ts";

export interface Outbox {
  /** Requests that were not sent yet. */
  count(): number;
  append(request: StoredRequest): Promise<"stored" | "full">;
  /** The oldest of them, several at once; none when it is empty. */
  oldest(): Promise<readonly StoredEntry[]>;
  /** The entry and all before it are done. An empty outbox has no file. */
  sent(entry: Pick<StoredEntry, "end" | "lines">): Promise<void>;
  /** Says that its holder lives. */
  beat(): Promise<void>;
  /** Leaves what is not sent to whoever replays it. */
  release(): Promise<void>;
}

export interface OutboxOptions {
  readonly folder: string;
  readonly runId: string;
  readonly clock: Clock;
  /** Bytes that the file may have. */
  readonly maxBytes: number;
}

export const BEAT_MS = 60_000;
/** Read at once; W&B takes about 10 MiB in one request (wandb facts 11). */
const PIECE_BYTES = 2 * 2 ** 20;
const NEWLINE = 0x0a;

/** Nothing is written before the first request. */
export function createOutbox(options: OutboxOptions): Outbox {
  const name = `${options.runId}.${randomBytes(6).toString("hex")}`;
  return outbox({ ...options, name, size: 0, waiting: 0 });
}

/** A file that was renamed to be ours: its complete lines, all of them to be sent (again). */
export async function adoptOutbox(options: OutboxOptions & { readonly name: string }): Promise<Outbox> {
  const file = await open(join(options.folder, heldName(options.name)), "r");
  try {
    let size = 0;
    let waiting = 0;
    let read = 0;
    const piece = Buffer.alloc(PIECE_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, read);
      if (bytesRead === 0) return outbox({ ...options, size, waiting });
      for (let at = piece.indexOf(NEWLINE); at >= 0 && at < bytesRead; at = piece.indexOf(NEWLINE, at + 1)) {
        size = read + at + 1;
        waiting += 1;
      }
      read += bytesRead;
    }
  } finally {
    await file.close();
  }
}

export function heldName(name: string): string {
  return `${name}.held.jsonl`;
}

function freeName(name: string): string {
  return `${name}.jsonl`;
}

interface OutboxState extends OutboxOptions {
  readonly name: string;
  readonly size: number;
  readonly waiting: number;
}

function outbox({ folder, name, clock, maxBytes, ...state }: OutboxState): Outbox {
  const path = join(folder, heldName(name));
  let { size, waiting } = state;
  let begin = 0;
  const inTurn = turnstile();

  async function write(line: Buffer): Promise<"stored" | "full"> {
    if (size + line.length > maxBytes) return "full";
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(path, "a", 0o600);
    try {
      await file.writeFile(line);
      await file.datasync();
      size += line.length;
      return "stored";
    } catch (error) {
      // Half a line would spoil the next one.
      await truncate(path, size);
      throw error;
    } finally {
      await file.close();
    }
  }

  return {
    count: () => waiting,
    append: async (request) => {
      // Counted at once: nothing that comes later may overtake it.
      waiting += 1;
      try {
        const kept = await inTurn(() => write(Buffer.from(`${JSON.stringify(request)}\n`)));
        if (kept === "full") waiting -= 1;
        return kept;
      } catch (error) {
        waiting -= 1;
        throw error;
      }
    },
    oldest: () => inTurn(async () => (begin < size ? readEntries({ path, begin, size }) : [])),
    sent: ({ end, lines }) =>
      inTurn(async () => {
        begin = end;
        waiting -= lines;
        if (begin < size) return;
        await rm(path, { force: true });
        begin = 0;
        size = 0;
      }),
    beat: () =>
      inTurn(async () => {
        const now = new Date(clock.now());
        if (size > 0) await utimes(path, now, now).catch(ignoreMissing);
      }),
    release: () =>
      inTurn(async () => {
        if (size > 0) await rename(path, join(folder, freeName(name))).catch(ignoreMissing);
      }),
  };
}

/** As many whole lines as fit into a piece; one that is longer than a piece, alone. */
async function readEntries(part: { path: string; begin: number; size: number }): Promise<StoredEntry[]> {
  const { path, begin, size } = part;
  const file = await open(path, "r");
  try {
    for (let length = PIECE_BYTES; ; length *= 2) {
      const piece = Buffer.alloc(Math.min(length, size - begin));
      const { bytesRead } = await file.read(piece, 0, piece.length, begin);
      const end = piece.subarray(0, bytesRead).lastIndexOf(NEWLINE);
      if (end >= 0) return parseLines(piece.subarray(0, end), begin);
      if (begin + bytesRead >= size || bytesRead < piece.length) return [];
    }
  } finally {
    await file.close();
  }
}

function parseLines(bytes: Buffer, begin: number): StoredEntry[] {
  let end = begin;
  return bytes
    .toString("utf8")
    .split("\n")
    .map((line) => {
      end += Buffer.byteLength(line) + 1;
      return { request: StoredRequest.parse(JSON.parse(line)), end, lines: 1 };
    });
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

/** One task after the other, in the order in which they were given. */
function turnstile(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const mine = last.then(task);
    last = mine.catch(() => undefined);
    return mine;
  };
}
