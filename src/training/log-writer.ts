import { messageOf } from "../errors.ts";
import { hasCode } from "./atomic-file.ts";
import type { AtNextBeat } from "./beat.ts";
import type { LogFile } from "./log-file.ts";

/** The way of a trainer's output into its log: what comes in small pieces is written together. */
export interface LogWriter {
  /** A promise where so much has come that reading has to wait for the disk. Neither throws nor rejects. */
  add(chunk: Uint8Array): Promise<void> | null;
  /** What was added is in the file. */
  flush(): Promise<void>;
}

export interface LogWriterOptions {
  readonly log: LogFile;
  readonly atNextBeat: AtNextBeat;
  readonly onNote: (note: string) => void;
  /** The disk is; the log ends here. */
  readonly onFull: (line: string) => void;
}

/** As much as one read of a pipe brings at most. */
const ENOUGH = 65_536;

export function logWriter({ log, atNextBeat, onNote, onFull }: LogWriterOptions): LogWriter {
  let kept: Uint8Array[] = [];
  let bytes = 0;
  let last: Promise<void> = Promise.resolve();
  let forget: (() => void) | null = null;
  let broken = false;

  const write = async (chunk: Uint8Array): Promise<void> => {
    if (broken) return;
    try {
      await log.write(chunk);
    } catch (error) {
      if (broken) return;
      broken = true;
      onNote(`The log cannot be written any more: ${messageOf(error)}`);
      if (hasCode(error, ["ENOSPC", "EDQUOT"])) onFull(messageOf(error));
    }
  };
  const flush = (): Promise<void> => {
    forget?.();
    forget = null;
    if (bytes > 0) {
      const [first] = kept;
      const all = first && kept.length === 1 ? first : Buffer.concat(kept);
      kept = [];
      bytes = 0;
      last = Promise.all([last, write(all)]).then(() => undefined);
    }
    return last;
  };
  return {
    add: (chunk) => {
      if (broken) return null;
      kept.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= ENOUGH) return flush();
      forget ??= atNextBeat(() => {
        forget = null;
        void flush();
      });
      return null;
    },
    flush,
  };
}
