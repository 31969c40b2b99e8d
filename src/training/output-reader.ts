import { type LogGrid, type TrainerEvent, trainerLineReader } from "../wire/trainer-log.ts";
import { type Digest, digestBuilder } from "./digest.ts";
import { logTail } from "./log-tail.ts";
import type { Stopper } from "./stopper.ts";
import type { Watch } from "./watch.ts";

interface OutputReaderOptions {
  readonly grid: LogGrid;
  readonly watches: readonly Watch[];
  readonly onEvent: (event: TrainerEvent) => void;
  readonly onLine: (line: string) => void;
}

/** Lines → tail, events, and what the watches say to them. */
export interface OutputReader {
  onLine(line: string, stopper: Pick<Stopper, "request">): void;
  read(): { readonly digest: Digest; readonly tail: readonly string[] };
}

export function outputReader({ grid, watches, onLine, onEvent }: OutputReaderOptions): OutputReader {
  const digest = digestBuilder();
  const tail = logTail();
  const read = trainerLineReader(grid);
  return {
    onLine: (line, stopper) => {
      onLine(line);
      tail.add(line);
      const event = read(line);
      if (!event) return;
      digest.add(event);
      onEvent(event);
      for (const watch of watches) stopper.request(watch(event));
    },
    read: () => ({ digest: digest.read(), tail: tail.read() }),
  };
}
