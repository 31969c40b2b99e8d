import type { FetchedRun } from "./fetched-run.ts";
import { type AskBatch, batchAsker, type PartlyFetched } from "./wandb-batch.ts";
import { fetchByPages } from "./wandb-pages.ts";
import type { WandbProject } from "./wandb-project.ts";
import type { ListedRun } from "./wandb-schemas.ts";

const IN_FLIGHT = 4;
const FEWEST_AT_FIRST = 10;
const MOST_AT_ONCE = 25;
/** Values per answer that servers and we digest well: about 10 MB of JSON. */
const CELLS_AT_ONCE = 400_000;

export interface HistoryOptions {
  readonly runs: readonly ListedRun[];
  readonly wants: (key: string) => boolean;
  readonly onFetched?: (run: ListedRun, fetched: FetchedRun) => Promise<void>;
}

/**
 * Exact histories of the runs, by run id; a run that disappeared meanwhile is missing. Few fat requests: batches of runs,
 * halved while they are too much for the server, then single runs, then pages of rows (wandb facts 3.4).
 * @throws AutoloopError `runs.*` of the first request that fails for good; the others are aborted.
 */
export async function fetchHistories(
  target: WandbProject,
  { runs, wants, onFetched }: HistoryOptions,
): Promise<ReadonlyMap<string, FetchedRun>> {
  const ask = batchAsker(target, wants);
  const stop = new AbortController();
  const waiting = [...runs];
  const fetched = new Map<string, FetchedRun>();
  let atOnce = batchSize(runs, wants);
  let working = 0;
  let asked = 0;

  /** Calls workers until all are busy or nothing waits. */
  async function callWorkers(): Promise<void> {
    await Promise.all(Array.from({ length: IN_FLIGHT - working }, work));
  }

  async function work(): Promise<void> {
    working++;
    for (;;) {
      const batch = waiting.splice(0, nextSize({ waiting: waiting.length, atOnce, asked }));
      if (batch.length === 0) break;
      asked++;
      const answer = await ask({ runs: batch, signal: stop.signal });
      if (answer !== "too-much") {
        // A larger one than is asked for now says nothing: another one of its size was too much meanwhile.
        if (batch.length <= atOnce) atOnce = Math.max(atOnce, Math.min(MOST_AT_ONCE, batch.length * 2));
        for (const part of answer.read) await keep(part.run, await complete(part));
        for (const run of answer.absent) await keep(run, await pages(run));
      } else if (batch.length > 1) {
        atOnce = Math.min(atOnce, Math.ceil(batch.length / 2));
        waiting.unshift(...batch);
        working--;
        return callWorkers();
      } else for (const run of batch) await keep(run, await pages(run));
    }
    working--;
  }

  async function complete(part: PartlyFetched): Promise<FetchedRun | null> {
    return part.byPages ? pages(part.run) : reask(part, { ask, pages, signal: stop.signal });
  }

  function pages(run: ListedRun): Promise<FetchedRun | null> {
    return fetchByPages(target, { run, wants, signal: stop.signal });
  }

  async function keep(run: ListedRun, found: FetchedRun | null): Promise<void> {
    if (!found) return;
    fetched.set(run.id, found);
    await onFetched?.(run, found);
  }

  try {
    await callWorkers();
  } catch (error) {
    stop.abort();
    throw error;
  }
  return fetched;
}

interface Reask {
  readonly ask: AskBatch;
  readonly pages: (run: ListedRun) => Promise<FetchedRun | null>;
  readonly signal: AbortSignal;
}

/** Asks the open specs of one run until all are proven. */
async function reask(part: PartlyFetched, tools: Reask): Promise<FetchedRun | null> {
  if (part.open.length === 0) return part.fetched;
  const answer = await tools.ask({ runs: [part.run], specs: part.open, signal: tools.signal });
  const more = answer === "too-much" ? undefined : answer.read[0];
  if (!more || more.byPages) return tools.pages(part.run);
  const fetched = {
    ...part.fetched,
    points: [...part.fetched.points, ...more.fetched.points],
    notNumbers: part.fetched.notNumbers + more.fetched.notNumbers,
  };
  return reask({ ...more, fetched }, tools);
}

/**
 * The first questions are the smaller, the earlier they are: their answers then come one after the other, and the first
 * is read while the server works on the next. Later the runs are shared out evenly, so that no great answer comes last.
 */
function nextSize({ waiting, atOnce, asked }: { waiting: number; atOnce: number; asked: number }): number {
  const isRising = asked > 0 && asked < IN_FLIGHT;
  if (waiting <= atOnce && !isRising) return waiting;
  if (asked < IN_FLIGHT) return Math.ceil((atOnce * (asked + 1)) / IN_FLIGHT);
  return Math.ceil(waiting / Math.ceil(waiting / atOnce));
}

function batchSize(runs: readonly ListedRun[], wants: (key: string) => boolean): number {
  const cells = runs.map(
    (run) => (run.lineCount ?? 0) * [...(run.keyCounts?.keys() ?? [])].filter(wants).length,
  );
  const widest = Math.max(1, ...cells);
  return Math.min(MOST_AT_ONCE, Math.max(FEWEST_AT_FIRST, Math.floor(CELLS_AT_ONCE / widest)));
}
