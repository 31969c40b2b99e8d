import type { Clock } from "./ports.ts";
import { climb, type Rung, type StopLadders, type StopRequest, type StopSignal } from "./stop.ts";

/** Takes requests to stop one trainer from everybody, and climbs the ladder once for all of them. */
export interface Stopper {
  /** The first request decides what the attempt counts as; a later urgent one only hurries. */
  request(stop: StopRequest | null): void;
  first(): StopRequest | null;
  /** Settles when a whole ladder was of no use: the process hangs in the kernel. */
  readonly stuck: Promise<void>;
}

export interface StopperOptions {
  /** Brings a signal to the whole group of the trainer. */
  readonly send: (signal: StopSignal) => void;
  /** Aborts when the trainer has exited. */
  readonly ended: AbortSignal;
  readonly ladders: StopLadders;
  /** Asks the trainer's SDK to stop the run; not given without a live tap. */
  readonly requestStop?: (() => void) | undefined;
  readonly clock: Clock;
}

export function trainerStopper(options: StopperOptions): Stopper {
  const { ended, ladders } = options;
  const sent = new Set<Rung["signal"]>();
  let first: StopRequest | null = null;
  let hurried = false;
  let overtaken = new AbortController();
  let giveUp: () => void = () => undefined;
  const stuck = new Promise<void>((resolve) => {
    giveUp = resolve;
  });

  const start = async (ladder: readonly Rung[]): Promise<void> => {
    overtaken.abort();
    overtaken = new AbortController();
    const until = AbortSignal.any([overtaken.signal, ended]);
    await climb({ ...options, ladder, sent, until });
    if (!until.aborted) giveUp();
  };
  return {
    request: (stop) => {
      if (!stop || ended.aborted || (first && (!stop.urgent || hurried))) return;
      first ??= stop;
      hurried = stop.urgent;
      void start(stop.urgent ? ladders.urgent : ladders.gentle);
    },
    first: () => first,
    stuck,
  };
}
