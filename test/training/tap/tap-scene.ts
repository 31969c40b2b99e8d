import { type EmbeddedWandb, startWandb } from "../../../src/embedded/wandb/server.ts";
import { startTap, type Tap, type TapOptions } from "../../../src/training/tap/tap.ts";
import type { TapRow } from "../../../src/training/tap/tap-row.ts";
import { realClock, scratch } from "../real-ports.ts";

/** Only the relay and W&B know it. */
export const REAL_KEY = "r".repeat(40);

export interface TapScene {
  readonly wandb: EmbeddedWandb;
  readonly tap: Tap;
  readonly storeDir: string;
  readonly rows: TapRow[];
  readonly notes: string[];
}

/** A W&B that only takes the real key, and a tap before it. */
export async function tapScene(
  onTestFinished: (clean: () => void | Promise<void>) => void,
  options: Partial<TapOptions> = {},
): Promise<TapScene> {
  const wandb = await startWandb({ apiKeys: [REAL_KEY] });
  onTestFinished(() => wandb.close());
  const storeDir = scratch(onTestFinished);
  const rows: TapRow[] = [];
  const notes: string[] = [];
  const tap = await startTap({
    upstream: { baseUrl: wandb.url, apiKey: REAL_KEY },
    storeDir,
    fetch,
    clock: realClock,
    retryMs: 20,
    onRow: (row) => rows.push(row),
    onNote: (note) => notes.push(note),
    ...options,
  });
  onTestFinished(() => tap.close());
  return { wandb, tap, storeDir, rows, notes };
}

/** Everything fails until it is lifted. */
export function outage({ faults }: EmbeddedWandb, status = 503): { end: () => void } {
  faults.push({ times: Number.POSITIVE_INFINITY, does: { kind: "answer", status } });
  return { end: faults.clear };
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the relay said
  readonly body: any;
}

/** The SDK's side of the protocol, one request at a time. */
export interface Sdk {
  graphql(operation: string, variables: Readonly<Record<string, unknown>>, fields?: string): Promise<Answer>;
  /** Creates the run; returns the account and project that the SDK is told. */
  init(entity?: string | null): Promise<{ entity: string; project: string }>;
  /** One row per loss; they get the line numbers from `offset` on, and equal steps. */
  rows(offset: number, losses: readonly string[], more?: object): Promise<Answer>;
  post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  put(url: string, bytes: string): Promise<number>;
}

const UPSERT =
  "($name: String, $project: String, $entity: String, $config: JSONString) { upsertBucket(input: { name: $name, modelName: $project, entityName: $entity, config: $config }) { bucket { id name project { id name entity { id name } } } inserted } }";

export function sdk(environment: Readonly<Record<string, string>>, runId: string): Sdk {
  const url = environment["WANDB_BASE_URL"] ?? "";
  const authorization = `Basic ${Buffer.from(`api:${environment["WANDB_API_KEY"]}`).toString("base64")}`;
  let place = { entity: "", project: "tapped" };

  const post: Sdk["post"] = async (path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      body,
      headers: { authorization, ...headers },
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
  };
  const graphql: Sdk["graphql"] = (operation, variables, fields = "{ viewer { id entity } }") => {
    const kind = fields === UPSERT || operation === "CreateRunFiles" ? "mutation" : "query";
    const query = `${kind} ${operation}${fields}`;
    return post("/graphql", JSON.stringify({ query, variables, operationName: operation }));
  };
  return {
    post,
    graphql,
    init: async (entity = null) => {
      const variables = { name: runId, project: "tapped", entity, config: '{"lr":{"value":0.1}}' };
      const { body } = await graphql("UpsertBucket", variables, UPSERT);
      const { project } = body.data.upsertBucket.bucket;
      place = { entity: project.entity.name, project: project.name };
      return place;
    },
    rows: (offset, losses, more = {}) => {
      const content = losses.map((loss, index) => `{"_step":${offset + index},"train/loss":${loss}}`);
      return post(
        `/files/${place.entity}/${place.project}/${runId}/file_stream`,
        JSON.stringify({ files: { "wandb-history.jsonl": { offset, content } }, ...more }),
      );
    },
    put: async (to, bytes) => (await fetch(to, { method: "PUT", body: bytes })).status,
  };
}

export const CREATE_FILES =
  "($entity: String!, $project: String!, $run: String!, $files: [String!]!) { createRunFiles(input: { entityName: $entity, projectName: $project, runName: $run, files: $files }) { runID uploadHeaders files { name uploadUrl } } }";

/** Losses of a run on the embedded W&B, by line. */
export function losses(wandb: EmbeddedWandb, runId: string): unknown[] {
  return wandb.runs.rows(runId).map((row) => row["train/loss"]);
}
