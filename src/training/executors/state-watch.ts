import { messageOf } from "../../errors.ts";
import type { Clock } from "../ports.ts";
import type { Executor, JobState, PolledState, Ticket } from "./executor.ts";

export interface SeenState extends PolledState {
  /** Since when the queue says so, in milliseconds since 1970. */
  readonly since: number;
}

export interface StateWatchOptions {
  readonly executor: Executor;
  readonly ticket: Ticket;
  readonly clock: Clock;
  /** How often the queue is asked. */
  readonly pollMs: number;
}

/**
 * The last known state, at once. The queue is asked beside whoever looks: one that does not answer must not keep anybody from
 * the log. In a `hurry` it is asked whenever somebody looks.
 */
export function stateWatch(options: StateWatchOptions): (wish: { hurry: boolean }) => SeenState {
  const { executor, ticket, clock, pollMs } = options;
  const began = clock.steady();
  let seen: SeenState = {
    state: { kind: "silent", why: "it was not asked yet" },
    since: began,
    asked: began,
  };
  let lastAsked = Number.NEGATIVE_INFINITY;
  let asking = false;

  const ask = async (hurry: boolean): Promise<void> => {
    const polled = await executor.poll(ticket, { hurry }).catch(
      (error: unknown): PolledState => ({
        state: { kind: "silent", why: messageOf(error) },
        asked: clock.steady(),
      }),
    );
    const unchanged = nameOf(polled.state) === nameOf(seen.state);
    seen = { ...polled, since: unchanged ? seen.since : clock.steady() };
    asking = false;
  };
  return ({ hurry }) => {
    if (!asking && (hurry || clock.steady() - lastAsked >= pollMs)) {
      asking = true;
      lastAsked = clock.steady();
      void ask(hurry);
    }
    return seen;
  };
}

/** It is over as far as the queue is concerned. */
export function isOver(state: JobState): state is Extract<JobState, { word: string }> {
  return state.kind === "done" || state.kind === "failed";
}

function nameOf(state: JobState): string {
  return isOver(state) ? state.word : state.kind;
}
