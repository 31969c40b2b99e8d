/** Requests that earlier taps could not get rid of, sent by a later launch. */
import { randomBytes } from "node:crypto";
import { readdir, rename, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { isMissing } from "../atomic-file.ts";
import type { Clock } from "../ports.ts";
import { type Delivery, deliverAll } from "./deliver.ts";
import { adoptOutbox, BEAT_MS, heldName } from "./outbox.ts";
import { runIdentity } from "./run-identity.ts";
import { type Upstream, upstreamLink } from "./upstream.ts";

export interface ReplayOptions {
  readonly storeDir: string;
  readonly upstream: Upstream;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** How long an answer of W&B may take, in milliseconds. Default 10 s. */
  readonly timeoutMs?: number;
  /** Aborted: what was not sent waits for the next launch. */
  readonly signal?: AbortSignal;
}

export interface ReplayResult {
  /** Requests that W&B has now. */
  readonly sent: number;
  /** Runs of which something is left on disk. */
  readonly left: readonly { readonly runId: string; readonly requests: number; readonly why: string }[];
}

/**
 * Sends all that is stored and held by no living tap, each run's requests in their order. May be called again and again:
 * W&B sets lines by their number. Stops at the first run when W&B is away.
 */
export async function replayStored(options: ReplayOptions): Promise<ReplayResult> {
  const { timeoutMs = 10_000 } = options;
  const link = upstreamLink({ ...options, fetch: until(options), timeoutMs });
  let sent = 0;
  const left: ReplayResult["left"][number][] = [];
  for (const { runId, file } of await storedFiles(options)) {
    if (options.signal?.aborted) break;
    const name = await claim(file, { ...options, runId });
    if (name === null) continue;
    const outbox = await adoptOutbox({ ...options, folder: options.storeDir, runId, name, maxBytes: 0 });
    const found = outbox.count();
    const delivery = await deliverAll(outbox, { link, identity: runIdentity(runId) }).catch(
      (error: unknown): Delivery => ({ kind: "refused", why: messageOf(error) }),
    );
    const requests = outbox.count();
    sent += found - requests;
    await outbox.release();
    if (delivery.kind !== "sent") left.push({ runId, requests, why: delivery.why });
    if (delivery.kind === "away") break;
  }
  return { sent, left };
}

/** Fetches as long as nobody calls it off. */
function until({ fetch, signal }: Pick<ReplayOptions, "fetch" | "signal">): typeof globalThis.fetch {
  if (!signal) return fetch;
  return (input, init = {}) =>
    fetch(input, { ...init, signal: init.signal ? AbortSignal.any([init.signal, signal]) : signal });
}

const FILE = /^([A-Za-z0-9][\w-]*)\.[0-9a-f]{12}(\.held)?\.jsonl$/;
/** A holder touches its file every minute; one that did not for so long is dead. */
const SILENCE_MS = 5 * BEAT_MS;

/** Oldest first. */
async function storedFiles({
  storeDir,
  clock,
}: Pick<ReplayOptions, "storeDir" | "clock">): Promise<{ runId: string; file: string }[]> {
  const found = [];
  for (const file of await namesIn(storeDir)) {
    const [, runId, held] = FILE.exec(file) ?? [];
    const touched = await stat(join(storeDir, file)).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    );
    if (runId === undefined || touched === null) continue;
    if (held !== undefined && clock.now() - touched < SILENCE_MS) continue;
    found.push({ runId, file, touched });
  }
  return found.toSorted((a, b) => a.touched - b.touched);
}

/** Exactly one of several gets a file: a name can be taken away only once. Touched before, so that it looks held at once. */
async function claim(
  file: string,
  { storeDir, clock, runId }: Pick<ReplayOptions, "storeDir" | "clock"> & { runId: string },
): Promise<string | null> {
  const name = `${runId}.${randomBytes(6).toString("hex")}`;
  const now = new Date(clock.now());
  try {
    await utimes(join(storeDir, file), now, now);
    await rename(join(storeDir, file), join(storeDir, heldName(name)));
    return name;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
