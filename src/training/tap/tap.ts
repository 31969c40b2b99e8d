/**
 * The live tap: a relay on the loopback that the trainers of one launch log to. It sees every row as it is sent, hands
 * everything on to W&B or keeps it while W&B is away, and can ask a run to stop. The trainers' own `.wandb` files are
 * written all the same, so losing the tap loses no data.
 */
import { randomBytes } from "node:crypto";
import { AutoloopError, messageOf } from "../../errors.ts";
import type { Clock } from "../ports.ts";
import { createOutbox } from "./outbox.ts";
import { type RunRelay, runRelay } from "./run-relay.ts";
import { type TapCaller, tapListener } from "./tap-listener.ts";
import type { TapRow } from "./tap-row.ts";
import { tapVariables } from "./tap-variables.ts";
import type { TrainerTap } from "./trainer-tap.ts";
import { type SlotBook, slotBook } from "./upload-slots.ts";
import { appUrl, type Upstream, upstreamLink } from "./upstream.ts";

export interface TapOptions {
  /** null: nothing leaves this machine; everything is answered here and stored. */
  readonly upstream: Upstream | null;
  /** Of requests that W&B did not take; absolute. */
  readonly storeDir: string;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Every new row of every run, as it arrives. */
  readonly onRow?: (row: TapRow) => void;
  /** Why something is not as usual. Never holds a key. */
  readonly onNote?: (note: string) => void;
  /** That stored requests of one run may take. Default 64 MiB. */
  readonly maxStoredBytes?: number;
  /** Pause before W&B is tried again, in milliseconds. Default 5 s. */
  readonly retryMs?: number;
  /** How long an answer of W&B may take, in milliseconds. Default 10 s. */
  readonly timeoutMs?: number;
}

export interface Tap extends TrainerTap {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Requests that wait for W&B, of all runs. */
  stored(): number;
  /** Call it when the trainers have ended. Tries once more to send what waits; the rest stays for `replayStored`. */
  close(): Promise<void>;
}

interface TappedRun extends TapCaller {
  readonly key: string;
  readonly relay: RunRelay;
  readonly listeners: Set<(row: TapRow) => void>;
}

const MAX_STORED_BYTES = 64 * 2 ** 20;
const RUN_ID = /^[A-Za-z0-9][\w-]{0,63}$/;

/** @throws AutoloopError `training.tap` when no port of the loopback can be had. */
export async function startTap(options: TapOptions): Promise<Tap> {
  const { upstream, fetch, clock, timeoutMs = 10_000 } = options;
  const link = upstream && upstreamLink({ upstream, fetch, clock, timeoutMs });
  const runs = new Map<string, TappedRun>();
  const keys = new Map<string, TappedRun>();
  const onNote = options.onNote ?? (() => undefined);
  const listener = await tapListener({
    ofKey: (key) => keys.get(key),
    ofRun: (runId) => runs.get(runId),
    onNote,
  });

  function open(runId: string): TappedRun {
    if (!RUN_ID.test(runId)) throw badRunId(runId);
    const listeners = new Set<(row: TapRow) => void>();
    const slots = slotBook((token) => `${listener.url}/upload/${runId}/${token}`);
    const relay = openRelay({ runId, slots, onRow: (row) => tell(row, listeners) });
    const run = { runId, key: randomBytes(20).toString("hex"), relay, slots, listeners };
    runs.set(runId, run);
    keys.set(run.key, run);
    return run;
  }

  function openRelay(run: { runId: string; slots: SlotBook; onRow: (row: TapRow) => void }): RunRelay {
    const { storeDir, maxStoredBytes = MAX_STORED_BYTES, retryMs = 5_000 } = options;
    const outbox = createOutbox({ folder: storeDir, runId: run.runId, clock, maxBytes: maxStoredBytes });
    return runRelay({ ...run, link, outbox, clock, retryMs, onNote });
  }

  /** A listener's mistake must not become the trainer's. */
  function tell(row: TapRow, listeners: ReadonlySet<(row: TapRow) => void>): void {
    for (const listen of [...(options.onRow ? [options.onRow] : []), ...listeners]) {
      try {
        listen(row);
      } catch (error) {
        onNote(`${row.runId}: somebody who listens to its rows failed: ${messageOf(error)}`);
      }
    }
  }

  let closed: Promise<unknown> | null = null;
  const close = async (): Promise<void> => {
    await listener.close();
    await Promise.all([...runs.values()].map(({ relay }) => relay.close()));
  };

  return {
    url: listener.url,
    knowsRuns: upstream !== null,
    environment: (runId) => {
      const { key } = runs.get(runId) ?? open(runId);
      return tapVariables({ url: listener.url, key, appUrl: upstream && appUrl(upstream) });
    },
    requestStop: (runId) => {
      const run = runs.get(runId);
      run?.relay.requestStop();
      return run !== undefined;
    },
    rows: (runId, listen) => {
      const { listeners } = runs.get(runId) ?? open(runId);
      listeners.add(listen);
      return () => void listeners.delete(listen);
    },
    pageOf: (runId) => {
      const address = runs.get(runId)?.relay.address();
      if (!upstream || !address) return null;
      const parts = [address.entity, address.project, "runs", runId].map(encodeURIComponent);
      return `${appUrl(upstream)}/${parts.join("/")}`;
    },
    stored: () => [...runs.values()].reduce((sum, { relay }) => sum + relay.stored(), 0),
    close: async () => {
      closed ??= close();
      await closed;
    },
  };
}

function badRunId(runId: string): AutoloopError {
  return new AutoloopError("input.run-id", {
    what: `${JSON.stringify(runId)} cannot be the id of a run that is tapped.`,
    next: "Use letters, digits, - and _, at most 64 of them.",
  });
}
