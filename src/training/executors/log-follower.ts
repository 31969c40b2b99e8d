import { open } from "node:fs/promises";
import { lineSplitter } from "../../wire/line-splitter.ts";
import { isMissing } from "../atomic-file.ts";
import type { Clock } from "../ports.ts";

/** A log that another machine writes, read from its beginning as it grows. */
export interface LogFollower {
  /** Hands over the complete lines that were added since; a part of a line waits for its end. */
  read(): Promise<void>;
  /** Also hands over a last line without an end. */
  close(): Promise<void>;
  /** When it was last seen to grow, by the steady clock; at first, when following began. */
  lastGrowth(): number;
}

export interface FollowOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly onLine: (line: string) => void;
}

const CHUNK = 262_144;
/** A flood must not keep us from looking at anything else. */
const CHUNKS_AT_ONCE = 64;

export function followLog({ path, clock, onLine }: FollowOptions): LogFollower {
  const decoder = new TextDecoder();
  const lines = lineSplitter();
  const buffer = Buffer.alloc(CHUNK);
  let offset = 0;
  let grown = clock.steady();

  /** False at the end of what is there. Opened anew each time: only that makes a network file system look again. */
  const readSome = async (): Promise<boolean> => {
    const file = await open(path, "r");
    try {
      for (let chunk = 0; chunk < CHUNKS_AT_ONCE; chunk += 1) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK, offset);
        if (bytesRead === 0) return false;
        offset += bytesRead;
        grown = clock.steady();
        const text = decoder.decode(buffer.subarray(0, bytesRead), { stream: true });
        for (const line of lines.push(text)) onLine(line);
      }
      return true;
    } finally {
      await file.close();
    }
  };
  const read = async (): Promise<boolean> => {
    try {
      return await readSome();
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  };

  return {
    read: async () => void (await read()),
    close: async () => {
      while (await read());
      for (const line of lines.rest()) onLine(line);
    },
    lastGrowth: () => grown,
  };
}
