/** The relay's door: on the loopback only, nothing without the key of a run, and no key opens another run. */
import { createServer, type IncomingMessage } from "node:http";
import { AutoloopError, messageOf } from "../../errors.ts";
import type { RunRelay } from "./run-relay.ts";
import { readBody, refusal, send, type TapAnswer } from "./tap-http.ts";
import { parseTapRequest } from "./tap-request.ts";
import type { SlotBook } from "./upload-slots.ts";

/** Whoever a key belongs to. */
export interface TapCaller {
  readonly runId: string;
  readonly relay: RunRelay;
  readonly slots: SlotBook;
}

export interface TapListenerOptions {
  readonly ofKey: (key: string) => TapCaller | undefined;
  readonly ofRun: (runId: string) => TapCaller | undefined;
  readonly onNote: (note: string) => void;
}

export interface TapListener {
  readonly url: string;
  /** Answers what has arrived, and nothing more. */
  close(): Promise<void>;
}

/** W&B's own limit (wandb facts 11). */
const MAX_BODY_BYTES = 10 * 2 ** 20;
const UPLOAD = /^\/upload\/([^/]+)\/([0-9a-f]+)$/;

export async function tapListener(options: TapListenerOptions): Promise<TapListener> {
  const server = createServer((request, response) => {
    answer(request, options)
      .catch((error: unknown) => {
        options.onNote(`The tap could not answer ${request.method}: ${messageOf(error)}`);
        return refusal(503, "the tap failed");
      })
      .then((found) => send(response, found));
  });
  // Node's default of 5 s would close connections that the SDK is about to use again.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  }).catch((error: unknown) => {
    throw noPort(error);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw noPort("no port was given");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function answer(request: IncomingMessage, options: TapListenerOptions): Promise<TapAnswer> {
  const method = request.method ?? "";
  const path = (request.url ?? "").split("?", 1).join();
  // The SDK's own telemetry: 404 switches it off.
  if (path.startsWith("/sdk/otel")) return refusal(404, "not here");
  const [, uploadRun = "", token = ""] = UPLOAD.exec(path) ?? [];
  const slot = options.ofRun(uploadRun)?.slots.find(token);
  const caller = slot ? options.ofRun(uploadRun) : options.ofKey(keyIn(request.headers.authorization));
  if (!caller) return refusal(401, "invalid API key");

  const body = await readBody(request, MAX_BODY_BYTES);
  if ("refused" in body) {
    options.onNote(`${caller.runId}: a request was refused with status ${body.refused.status}.`);
    return body.refused;
  }
  const payload = { bytes: body.bytes, headers: passedHeaders(request) };
  if (slot) return method === "PUT" ? caller.relay.upload(slot, payload) : refusal(405, "PUT it");
  const asked = parseTapRequest(method, path, body.bytes);
  if (asked.kind === "unknown") return refusal(asked.why === "no such path" ? 404 : 400, asked.why);
  if (asked.runId !== null && asked.runId !== caller.runId) {
    options.onNote(
      `${caller.runId}: its trainer logs as another run, ${JSON.stringify(asked.runId)}; refused.`,
    );
    return refusal(403, `this key belongs to run ${caller.runId}`);
  }
  return asked.kind === "graphql"
    ? caller.relay.graphql(asked, payload)
    : caller.relay.stream(asked, payload);
}

/** The password of Basic authentication; the user is always "api". */
function keyIn(authorization: string | undefined): string {
  const [scheme, credential = ""] = (authorization ?? "").split(" ");
  if (scheme !== "Basic") return "";
  const [, ...key] = Buffer.from(credential, "base64").toString("utf8").split(":");
  return key.join(":");
}

const PASSED = ["content-type", "content-md5", "user-agent", "x-wandb-username", "x-wandb-user-email"];

function passedHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    PASSED.flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value] as const] : [];
    }),
  );
}

function noPort(cause: unknown): AutoloopError {
  return new AutoloopError("training.tap", {
    what: `The live tap cannot listen on 127.0.0.1: ${messageOf(cause)}.`,
    next: "Train without it (`trainer.tap: false`); runs are then logged directly.",
    cause,
  });
}
