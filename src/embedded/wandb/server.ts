import { createServer } from "node:http";
import type { Backend } from "./backend.ts";
import { createFaultQueue, type FaultQueue } from "./faults.ts";
import { createHandler, type RequestRecord, type UnknownRequest } from "./handler.ts";
import { seededRandom } from "./random.ts";
import { createRateLimiter, type RateLimit } from "./rate-limit.ts";
import { graphqlService } from "./resolvers.ts";
import type { RunAddress, StoredRun } from "./run.ts";
import { type Dialect, schemaOf } from "./schema.ts";
import { type RunSeed, rowsOf, seededRun } from "./seed.ts";
import { createStore, type WandbState } from "./store.ts";
import { createWatch } from "./watch.ts";

/**
 * A W&B server on the loopback: the SDK logs to it, the public client reads from it, and it is as unhelpful as the hosted
 * one where that matters (wandb facts 13).
 */

export interface WandbOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** Added to every answer. Default 0. */
  readonly latencyMs?: number;
  /** Keys that are let in; anything else is answered 401. Default: everybody, also without a header. */
  readonly apiKeys?: readonly string[];
  /** The viewer, and where runs without an entity go. Default "me". */
  readonly entity?: string;
  /** Decides which rows are thinned out and how keys are ordered. Default 1. */
  readonly seed?: number;
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly now?: () => number;
  /** Default: no limit worth mentioning, but the headers are there. */
  readonly rateLimit?: RateLimit;
  /** "old-self-hosted" refuses `config(keys:)` and `summaryMetrics(keys:)`. Default "hosted". */
  readonly dialect?: Dialect;
  /** How non-finite numbers are written in history lines and summaries. Default "tokens". */
  readonly nonFinite?: Backend["nonFinite"];
}

export interface EmbeddedWandb {
  /** Without a slash at the end: fit for WANDB_BASE_URL. */
  readonly url: string;
  readonly runs: {
    all(): readonly StoredRun[];
    /** By run id; project and entity when it is ambiguous. */
    get(name: string, within?: Partial<RunAddress>): StoredRun | undefined;
    /** Flattened rows of a run, numbers as numbers; none for a run that is not there. */
    rows(name: string): readonly Readonly<Record<string, unknown>>[];
    /** Puts a run there without an SDK. */
    add(seed: RunSeed): StoredRun;
  };
  /** Every request so far, oldest first. */
  readonly requests: readonly RequestRecord[];
  /** Requests that no resolver or route knows. Empty at the end of a good test. */
  readonly unknown: readonly UnknownRequest[];
  readonly faults: FaultQueue;
  /** The run's next upload is answered with `{"stopped": true}`. False when there is no such run. */
  requestStop(name: string): boolean;
  /** Resolves once the condition holds, looked at now and after every write; rejects after `timeoutMs` (default 10 s). */
  until(condition: () => boolean, options?: { readonly timeoutMs?: number }): Promise<void>;
  snapshot(): WandbState;
  restore(state: unknown): void;
  close(): Promise<void>;
}

export async function startWandb(options: WandbOptions = {}): Promise<EmbeddedWandb> {
  const now = options.now ?? Date.now;
  const entity = options.entity ?? "me";
  const store = createStore();
  const watch = createWatch();
  let url = "";
  const backend: Backend = {
    store,
    now,
    entity,
    random: seededRandom(options.seed ?? 1),
    nonFinite: options.nonFinite ?? "tokens",
    url: () => url,
    write: (run) => {
      store.put(run);
      watch.notify();
    },
  };

  const requests: RequestRecord[] = [];
  const unknown: UnknownRequest[] = [];
  const faults = createFaultQueue();
  const handler = createHandler({
    routes: { backend, service: graphqlService(schemaOf(options.dialect ?? "hosted"), backend) },
    faults,
    limiter: createRateLimiter(options.rateLimit ?? { requests: 1_000_000, windowSeconds: 60 }, now),
    apiKeys: options.apiKeys ?? null,
    latencyMs: options.latencyMs ?? 0,
    record: (entry) => requests.push(entry),
    recordUnknown: (entry) => unknown.push(entry),
  });
  const server = createServer(handler);
  // The default of 5 s drops answers that a busy client in the same process has not read yet.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : options.port}`;

  const find = (name: string, within: Partial<RunAddress> = {}): readonly StoredRun[] =>
    store
      .runs()
      .filter(
        (run) =>
          run.name === name &&
          (within.project ?? run.project) === run.project &&
          (within.entity ?? run.entity) === run.entity,
      );

  return {
    url,
    runs: {
      all: () => store.runs(),
      get: (name, within) => find(name, within)[0],
      rows: (name) => find(name).flatMap(rowsOf),
      add: (seed) => {
        const run = seededRun(seed, { entity, now: now() });
        backend.write(run);
        return run;
      },
    },
    requests,
    unknown,
    faults,
    requestStop: (name) => {
      const found = find(name);
      for (const run of found) backend.write({ ...run, stopRequested: true });
      return found.length > 0;
    },
    until: (condition, { timeoutMs = 10_000 } = {}) => watch.until(condition, timeoutMs),
    snapshot: store.snapshot,
    restore: store.restore,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
