import type { Clock } from "./ports.ts";

/** Does `work` at the next beat, unless the returned function is called before. */
export type AtNextBeat = (work: () => void) => () => void;

/** One timer for everybody who can wait that long: a process that wakes up rarely costs little. It stands still while nobody waits. */
export function sharedBeat({ clock, everyMs }: { clock: Clock; everyMs: number }): AtNextBeat {
  const due = new Set<() => void>();
  let timer: AbortController | null = null;
  const beat = async (until: AbortController): Promise<void> => {
    await clock.sleep(everyMs, until.signal);
    timer = null;
    const works = [...due];
    due.clear();
    for (const work of works) work();
  };
  return (work) => {
    due.add(work);
    if (timer === null) {
      timer = new AbortController();
      void beat(timer);
    }
    return () => {
      due.delete(work);
      if (due.size === 0) timer?.abort();
    };
  };
}
