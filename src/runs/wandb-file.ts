import { open } from "node:fs/promises";
import { AutoloopError, messageOf } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { blockReader, FILE_HEADER } from "../wire/wandb-blocks.ts";
import type { Span } from "../wire/wandb-protobuf.ts";
import { type RunHeader, recordReader } from "../wire/wandb-records.ts";
import type { LoggedPoints } from "./join-steps.ts";

/** Read at once; a multiple of the file's blocks, so that whole blocks are read without a copy. */
const PIECE_BYTES = 1 << 20;

interface FileLosses {
  readonly badHeader: boolean;
  /** Places where bytes were skipped because a checksum or a length was wrong. */
  readonly damaged: number;
  /** Records that are missing by their running number, or made no sense. */
  readonly lostRecords: number;
  /** Bytes of a last record that is not complete. */
  readonly tail: number;
  readonly rowsWithoutStep: number;
  readonly notNumbers: number;
}

/** What a `.wandb` file says so far; valid until more of it is read. */
interface WandbFileContent {
  readonly run: RunHeader | null;
  readonly config: JsonObject | null;
  /** The exit record's code; null = there is none. */
  readonly exitCode: number | null;
  /** The wanted keys, as they were logged. */
  readonly points: readonly LoggedPoints[];
  /** Wanted keys that were logged without a single readable number. */
  readonly unread: readonly string[];
  /** The step of every history row. */
  readonly steps: readonly number[];
  readonly records: number;
  readonly losses: FileLosses;
}

export interface WandbFileReader {
  /** The next bytes of the file; they may end anywhere. */
  push(bytes: Uint8Array): void;
  content(): WandbFileContent;
  /** A wrong beginning and nothing intact behind it so far. */
  isForeign(): boolean;
}

/** Reads a `.wandb` file from its bytes, as they come. Damage is counted, never thrown. */
export function wandbFileReader(wants: (key: string) => boolean): WandbFileReader {
  const blocks = blockReader();
  const records = recordReader(wants);
  const span: Span = { bytes: new Uint8Array(0), from: 0, to: 0 };
  const onRecord = (bytes: Uint8Array, from: number, to: number) => {
    span.bytes = bytes;
    span.from = from;
    span.to = to;
    records.take(span);
  };

  function content(): WandbFileContent {
    const { badHeader, damaged, tail } = blocks.losses();
    const counts = records.counts();
    const { rowsWithoutStep, notNumbers } = records.table.counts();
    const lostRecords = counts.missing + counts.malformed;
    return {
      run: records.run(),
      config: records.config(),
      exitCode: records.exitCode(),
      points: records.table.points(),
      unread: records.table.unread(),
      steps: records.table.steps,
      records: counts.records,
      losses: { badHeader, damaged, lostRecords, tail, rowsWithoutStep, notNumbers },
    };
  }

  return {
    push: (bytes) => blocks.push(bytes, onRecord),
    content,
    isForeign: () => records.counts().records === 0 && blocks.losses().badHeader,
  };
}

export interface WandbFile extends WandbFileContent {
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

/**
 * Follows a file that is being written: each `readOn` reads what was appended since. Memory does not grow with the
 * file, only with the wanted values.
 */
export function followWandbFile({ path, wants }: { path: string; wants: (key: string) => boolean }): {
  readOn(): Promise<WandbFile>;
} {
  const reader = wandbFileReader(wants);
  let offset = 0;

  async function readOn(): Promise<WandbFile> {
    const file = await open(path, "r").catch((error: unknown) => {
      throw unreadable(path, error);
    });
    try {
      const piece = new Uint8Array(PIECE_BYTES);
      for (;;) {
        // Stop before a huge file of another kind was searched, and at every later read too.
        if (reader.isForeign()) throw foreign(path);
        const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, offset);
        if (bytesRead === 0) break;
        offset += bytesRead;
        reader.push(piece.subarray(0, bytesRead));
      }
      return { ...reader.content(), path, modifiedAt: (await file.stat()).mtimeMs };
    } catch (error) {
      throw error instanceof AutoloopError ? error : unreadable(path, error);
    } finally {
      await file.close();
    }
  }

  return { readOn };
}

/**
 * Reads a whole `.wandb` file.
 * @throws AutoloopError `runs.bad-file` when it cannot be read or is something else.
 */
export async function readWandbFile(options: {
  path: string;
  wants: (key: string) => boolean;
}): Promise<WandbFile> {
  return followWandbFile(options).readOn();
}

function foreign(path: string): AutoloopError {
  return new AutoloopError("runs.bad-file", {
    what: `${path} is not a .wandb file: it does not begin with ${Buffer.from(FILE_HEADER).toString("hex")}.`,
    next: "Name a file that W&B wrote, wandb/run-*/run-*.wandb.",
  });
}

function unreadable(path: string, cause: unknown): AutoloopError {
  return new AutoloopError("runs.bad-file", {
    what: `${path} cannot be read: ${messageOf(cause)}.`,
    next: "Check the path and its permissions.",
    cause,
  });
}
