/**
 * One run between its SDK and W&B. While W&B takes them, requests go straight through; once one did not arrive, everything
 * that changes the run waits in line behind it and the SDK is answered here, until the line is empty again.
 */
import { messageOf } from "../../errors.ts";
import { isJsonObject } from "../../json.ts";
import type { Clock } from "../ports.ts";
import { deliverAll } from "./deliver.ts";
import { answerLocally } from "./local-answers.ts";
import { BEAT_MS, type Outbox } from "./outbox.ts";
import { type RunIdentity, runIdentity, UNKNOWN_ENTITY } from "./run-identity.ts";
import type { StoredRequest } from "./stored-request.ts";
import { json, refusal, type TapAnswer } from "./tap-http.ts";
import type { TapRequest } from "./tap-request.ts";
import { rowReader, type TapRow } from "./tap-row.ts";
import { redirectUploads, type SlotBook, type UploadSlot } from "./upload-slots.ts";
import type { UpstreamLink, UpstreamMessage, UpstreamReply } from "./upstream.ts";

/** A body as it came, and its headers that W&B may see. */
export interface Payload {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RunRelay {
  graphql(request: Extract<TapRequest, { kind: "graphql" }>, payload: Payload): Promise<TapAnswer>;
  stream(request: Extract<TapRequest, { kind: "stream" }>, payload: Payload): Promise<TapAnswer>;
  upload(slot: UploadSlot, payload: Payload): Promise<TapAnswer>;
  requestStop(): void;
  /** The run's account and project as W&B said; null before. */
  address(): { readonly entity: string; readonly project: string } | null;
  /** Requests that wait. */
  stored(): number;
  /** Tries once more to send what waits, and leaves the rest on disk. */
  close(): Promise<void>;
}

export interface RunRelayOptions {
  readonly runId: string;
  /** null: everything is answered here and stored. */
  readonly link: UpstreamLink | null;
  readonly outbox: Outbox;
  readonly slots: SlotBook;
  readonly clock: Clock;
  /** Pause after a try that failed, in milliseconds. */
  readonly retryMs: number;
  readonly onRow: (row: TapRow) => void;
  readonly onNote: (note: string) => void;
}

/** The SDK sends its next lines when these are answered: a slow W&B must not delay them. */
const LINES_TIMEOUT_MS = 700;

type Answered = Extract<UpstreamReply, { kind: "answered" }>;

export function runRelay(options: RunRelayOptions): RunRelay {
  const { runId, link, outbox, slots, clock, retryMs, onRow } = options;
  const identity = runIdentity(runId);
  const readRows = rowReader(runId);
  const note = withoutRepeats((text) => options.onNote(`${runId}: ${text}`));
  const closing = new AbortController();
  let stopped = false;
  let shutUntil = 0;
  let draining: Promise<void> | null = null;

  /** Null: W&B does not take it now. */
  async function forward(message: UpstreamMessage): Promise<Answered | null> {
    if (link === null || outbox.count() > 0 || clock.steady() < shutUntil) return null;
    const reply = await link(message);
    if (reply.kind === "answered") return reply;
    // Too slow for the trainer's lines is not away: what is stored is sent at once, with more time.
    if (!reply.slow || message.timeoutMs === undefined) shutFor(reply.waitMs, reply.why);
    return null;
  }

  function shutFor(waitMs: number | null, why: string): void {
    shutUntil = clock.steady() + (waitMs ?? retryMs);
    note(`W&B does not take requests now (${why}); they are stored and sent later.`);
  }

  /** A store that fails costs the trainer nothing: its own `.wandb` file has everything. */
  async function store(request: StoredRequest): Promise<void> {
    const kept = await outbox.append(request).catch((error: unknown) => messageOf(error));
    if (kept === "full") note("the store is full; what comes now is only in the run's .wandb file.");
    else if (kept !== "stored") note(`a request could not be stored: ${kept}`);
    if (outbox.count() > 0) draining ??= drain();
  }

  async function drain(): Promise<void> {
    while (outbox.count() > 0 && !closing.signal.aborted) {
      const pause = link === null ? BEAT_MS : Math.min(BEAT_MS, shutUntil - clock.steady());
      if (pause > 0) await clock.sleep(pause, closing.signal);
      if (!closing.signal.aborted) await outbox.beat();
      if (link !== null && clock.steady() >= shutUntil) await deliverStored(link);
    }
    draining = null;
  }

  async function deliverStored(to: UpstreamLink): Promise<void> {
    const delivery = await deliverAll(outbox, { link: to, identity }).catch((error: unknown) => ({
      kind: "refused" as const,
      why: messageOf(error),
    }));
    if (delivery.kind === "sent") note.forget();
    else if (delivery.kind === "away") shutFor(delivery.waitMs, delivery.why);
    else {
      shutUntil = clock.steady() + BEAT_MS;
      note(`W&B refuses what was stored: ${delivery.why}`);
    }
  }

  return {
    graphql: async (request, { bytes, headers }) => {
      const { operation, query, variables } = request;
      // SDK 0.21 asks this way instead of reading the answers to its lines.
      const isStop = operation === "RunStoppedStatus" && stopped;
      const body = isStop ? null : (withKnownEntity(request, identity) ?? bytes);
      const answered = body && (await forward({ method: "POST", to: { path: "/graphql" }, body, headers }));
      if (answered) return readGraphql(operation, answered);
      // Only W&B knows where a run ended; a guess would overwrite its rows.
      if (operation === "RunResumeStatus") return unknownResume(link);
      if (operation === "UpsertBucket") await store({ kind: "upsert", run: runId, query, variables });
      return json(answerLocally({ operation, variables, identity, slots, stopped }));
    },
    stream: async (request, { bytes, headers }) => {
      for (const row of readRows(request.body)) onRow(row);
      const { entity, project, body } = request;
      const path = identity.streamPath({ entity, project });
      const message = { method: "POST", body: bytes, headers, timeoutMs: LINES_TIMEOUT_MS } as const;
      const answered = path && (await forward({ ...message, to: { path } }));
      if (answered) return stopped && answered.status === 200 ? withStop(answered) : passed(answered);
      await store({ kind: "stream", run: runId, ...(identity.address() ?? { entity, project }), body });
      return json({ exitcode: null, limits: {}, ...(stopped ? { stopped: true } : {}) });
    },
    upload: async ({ file, url }, { bytes, headers }) => {
      const answered = url && (await forward({ method: "PUT", to: { url }, body: bytes, headers }));
      if (answered) return passed(answered);
      const place = identity.address() ?? { entity: UNKNOWN_ENTITY, project: "" };
      const base64 = Buffer.from(bytes).toString("base64");
      await store({ kind: "upload", run: runId, ...place, file, base64 });
      return { status: 200, body: "" };
    },
    requestStop: () => {
      stopped = true;
    },
    address: identity.address,
    stored: outbox.count,
    close: async () => {
      closing.abort();
      await draining;
      if (link !== null && outbox.count() > 0) await deliverStored(link);
      await outbox.release();
    },
  };

  function readGraphql(operation: string | null, answered: Answered): TapAnswer {
    const plain = passed(answered);
    if (operation === "UpsertBucket") identity.learn(jsonOf(answered.body));
    if (operation !== "CreateRunFiles") return plain;
    const redirected = redirectUploads(jsonOf(answered.body), slots);
    return redirected === undefined ? plain : { ...plain, body: JSON.stringify(redirected) };
  }
}

const PASSED_HEADERS = [
  "content-type",
  "retry-after",
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
];

/** W&B's own answer, a refusal included. fetch has unpacked it. */
function passed({ status, headers, body }: Answered): TapAnswer {
  const kept = PASSED_HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return { status, headers: Object.fromEntries(kept), body };
}

function withStop(answered: Answered): TapAnswer {
  const answer = jsonOf(answered.body);
  return {
    ...passed(answered),
    body: JSON.stringify({ ...(isJsonObject(answer) ? answer : {}), stopped: true }),
  };
}

/** A request that repeats our placeholder, with the true account in its place; null when it does not. */
function withKnownEntity(
  { operation, query, variables }: Extract<TapRequest, { kind: "graphql" }>,
  identity: RunIdentity,
): string | null {
  const wrong = ["entity", "entityName"].filter((name) => variables[name] === UNKNOWN_ENTITY);
  if (wrong.length === 0) return null;
  const right = Object.fromEntries(wrong.map((name) => [name, identity.entityFor(UNKNOWN_ENTITY)]));
  return JSON.stringify({ query, variables: { ...variables, ...right }, operationName: operation });
}

/** Only W&B knows where a run ended; a guess would overwrite its rows. 503: the SDK asks again for a while. */
function unknownResume(link: UpstreamLink | null): TapAnswer {
  const why = "W&B cannot be asked where the run ended, so it cannot be resumed now";
  return refusal(link === null ? 404 : 503, why);
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Says each thing once, and again after `forget`. */
function withoutRepeats(say: (text: string) => void): { (text: string): void; forget(): void } {
  const said = new Set<string>();
  const once = (text: string): void => {
    if (said.has(text)) return;
    said.add(text);
    say(text);
  };
  return Object.assign(once, { forget: () => said.clear() });
}
