import * as z from "zod";
import { answerGraphql, type GraphqlService } from "../graphql/answer.ts";
import type { Backend } from "./backend.ts";
import type { Received, Reply } from "./http.ts";
import { FileStream, streamed, withUpload } from "./ingest.ts";

/** From a request to a reply, by path. A route that no one knows is an outcome of its own, so that tests can fail on it. */

export interface Routed {
  /** The GraphQL operation, "file_stream", or null. */
  readonly operation: string | null;
  readonly variables: Readonly<Record<string, unknown>> | null;
  /** Answers and stores. Not called when a fault comes first. */
  readonly handle: () => Handled;
  readonly needsKey: boolean;
}

export interface Handled {
  readonly reply: Reply;
  /** Why nothing here knows this request. */
  readonly unknown?: readonly string[];
}

export interface Routes {
  readonly service: GraphqlService;
  readonly backend: Backend;
}

const RUN_PATH =
  /^\/(?<kind>files|storage)\/(?<entity>[^/]+)\/(?<project>[^/]+)\/(?<name>[^/]+)\/(?<file>.+)$/;

export function route(request: Received, routes: Routes): Routed {
  if (request.method === "POST" && request.path === "/graphql") return routeGraphql(request, routes.service);
  const found = RUN_PATH.exec(request.path)?.groups;
  const { kind = "", entity = "", project = "", name = "", file = "" } = found ?? {};
  const run = {
    entity: decoded(entity),
    project: decoded(project),
    name: decoded(name),
    file: decoded(file),
  };
  if (kind === "files" && request.method === "POST" && file === "file_stream") {
    return { ...plain(() => stream(request, run, routes.backend)), operation: "file_stream", needsKey: true };
  }
  if (kind === "files" && request.method === "GET") return plain(() => download(run, routes.backend));
  if (kind === "storage" && request.method === "PUT") {
    return plain(() => upload(request, run, routes.backend));
  }
  // The SDK's own telemetry: 404 switches it off.
  if (request.path.startsWith("/sdk/otel")) return plain(() => failure(404, "not found"));
  return plain(() => ({ ...failure(500, "no such route"), unknown: ["no such route"] }));
}

function plain(handle: () => Handled): Routed {
  return { operation: null, variables: null, handle, needsKey: false };
}

function failure(status: number, error: string): Handled {
  return { reply: { status, body: { error } } };
}

const GraphqlBody = z.looseObject({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

function routeGraphql(request: Received, service: GraphqlService): Routed {
  const body = GraphqlBody.safeParse(jsonOrUndefined(request.body));
  if (!body.success) {
    const errors = ["POST body must be JSON with a query"];
    return {
      ...plain(() => ({ reply: { status: 400, body: { errors } }, unknown: errors })),
      needsKey: true,
    };
  }
  const { query, variables, operationName } = body.data;
  return {
    operation: operationName || operationIn(query),
    variables: variables ?? {},
    needsKey: true,
    handle: () => {
      const answer = answerGraphql(service, {
        query,
        variables: variables ?? {},
        operationName: operationName ?? null,
      });
      // 200 even so: a 5xx would make the SDK retry for minutes.
      const reply = { status: 200, body: answer.body };
      return answer.refused
        ? { reply, unknown: answer.body.errors?.map(({ message }) => message) ?? [] }
        : { reply };
    },
  };
}

/** The public client sends no operation name, but writes one in its documents. */
function operationIn(query: string): string | null {
  return /\b(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? null;
}

interface RunFile {
  readonly entity: string;
  readonly project: string;
  readonly name: string;
  readonly file: string;
}

function stream(request: Received, address: RunFile, backend: Backend): Handled {
  const run = backend.store.run(address);
  if (!run) return failure(404, `run not found: ${address.name}`);
  const body = FileStream.safeParse(jsonOrUndefined(request.body));
  if (!body.success) return failure(400, z.prettifyError(body.error));
  const next = streamed(run, body.data, backend.now());
  backend.write(next);
  const answer = { exitcode: next.exitCode, limits: {} };
  return { reply: { status: 200, body: run.stopRequested ? { ...answer, stopped: true } : answer } };
}

function upload({ body }: Received, address: RunFile, backend: Backend): Handled {
  const run = backend.store.run(address);
  if (!run) return failure(404, `run not found: ${address.name}`);
  backend.write(withUpload(run, { file: address.file, bytes: body, now: backend.now() }));
  return { reply: { status: 200, body: "" } };
}

function download(address: RunFile, backend: Backend): Handled {
  const file = backend.store.run(address)?.files[address.file];
  if (!file) return failure(404, `file not found: ${address.file}`);
  return { reply: { status: 200, body: Buffer.from(file.base64, "base64") } };
}

function jsonOrUndefined(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
