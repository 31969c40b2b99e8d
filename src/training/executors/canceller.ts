import { AutoloopError, messageOf } from "../../errors.ts";
import type { Clock } from "../ports.ts";
import type { StopLadders } from "../stop.ts";
import { type Stopper, trainerStopper } from "../stopper.ts";
import type { CancelMode, Executor, Ticket } from "./executor.ts";

/** Brings one job to its end: out of the queue while it waits there, by the usual ladder once it runs. */
export interface Canceller {
  readonly stopper: Stopper;
  /** To be called as long as the job has not begun; only the first call asks. */
  readonly withdraw: () => void;
  /** The queue took the request to withdraw; whether the job was still waiting shows in its state. */
  readonly withdrawn: () => boolean;
  /**
   * The whole ladder was climbed, and ending the job is the queue's business now.
   * @throws AutoloopError `training.slurm-silent` when the queue took no request.
   */
  readonly exhausted: () => boolean;
}

export interface CancellerOptions {
  readonly executor: Executor;
  readonly ticket: Ticket;
  readonly ladders: StopLadders;
  readonly clock: Clock;
  readonly onNote: (note: string) => void;
  /** Aborts when the job is over. */
  readonly ended: AbortSignal;
}

export function jobCanceller(options: CancellerOptions): Canceller {
  const { executor, ticket, ladders, clock, onNote, ended } = options;
  const taken = new Set<CancelMode>();
  let stuck = false;
  let patienceEnds: number | null = null;

  const ask = async (mode: CancelMode): Promise<void> => {
    try {
      if (await executor.cancel(ticket, mode)) taken.add(mode);
      else onNote(`Slurm did not take the request to end job ${ticket.job} (${mode}).`);
    } catch (error) {
      onNote(`Job ${ticket.job} cannot be told to end: ${messageOf(error)}`);
    }
  };
  const stopper = trainerStopper({ send: (signal) => void ask(signal), ended, ladders, clock });
  void stopper.stuck.then(() => {
    stuck = true;
  });

  return {
    stopper,
    withdraw: () => {
      if (patienceEnds !== null) return;
      patienceEnds = clock.steady() + ladders.gentle.reduce((sum, { graceMs }) => sum + graceMs, 0);
      void ask("withdraw");
    },
    withdrawn: () => taken.has("withdraw"),
    exhausted: () => {
      // SIGINT may be ignored; after scancel Slurm itself sees to SIGKILL.
      if (stuck && (taken.has("SIGTERM") || taken.has("SIGKILL"))) return true;
      const waiting = patienceEnds !== null && stopper.first() === null;
      if (!stuck && !(waiting && clock.steady() >= (patienceEnds ?? 0))) return false;
      throw new AutoloopError("training.slurm-silent", {
        what: `Job ${ticket.job} (${ticket.name}) was to be ended, and Slurm does not say that it is.`,
        next: `End it with \`scancel ${ticket.job}\` and launch the dispatch again to learn what became of it.`,
      });
    },
  };
}
