/** One stored request on its way to W&B, put right by what has been learnt of its run meanwhile. */
import * as z from "zod";
import type { Outbox } from "./outbox.ts";
import type { RunIdentity } from "./run-identity.ts";
import { mergeEntries, type StoredRequest } from "./stored-request.ts";
import { CREATE_RUN_FILES, UploadSlots } from "./upload-slots.ts";
import type { UpstreamLink, UpstreamReply } from "./upstream.ts";

/** `refused`: the server does not want it, and neither what comes after it. */
export type Delivery =
  | { readonly kind: "sent" }
  | { readonly kind: "away"; readonly why: string; readonly waitMs: number | null }
  | { readonly kind: "refused"; readonly why: string };

export interface Carrier {
  readonly link: UpstreamLink;
  readonly identity: RunIdentity;
}

/** Sends what waits, oldest first, until nothing is left or something does not arrive. */
export async function deliverAll(outbox: Outbox, carrier: Carrier): Promise<Delivery> {
  for (;;) {
    await outbox.beat();
    const entries = mergeEntries(await outbox.oldest());
    if (entries.length === 0) return { kind: "sent" };
    for (const entry of entries) {
      const delivery = await deliver(entry.request, carrier);
      if (delivery.kind !== "sent") return delivery;
      await outbox.sent(entry);
    }
  }
}

function deliver(request: StoredRequest, carrier: Carrier): Promise<Delivery> {
  switch (request.kind) {
    case "upsert":
      return deliverUpsert(request, carrier);
    case "stream":
      return deliverStream(request, carrier);
    case "upload":
      return deliverUpload(request, carrier);
  }
}

type Kind<K extends StoredRequest["kind"]> = Extract<StoredRequest, { kind: K }>;

async function deliverUpsert(
  { query, variables }: Kind<"upsert">,
  { link, identity }: Carrier,
): Promise<Delivery> {
  const asked = await ask(link, {
    query,
    variables: { ...variables, entity: identity.entityFor(variables["entity"]) },
    operationName: "UpsertBucket",
  });
  if (asked.kind !== "data") return asked;
  identity.learn({ data: asked.data });
  return { kind: "sent" };
}

async function deliverStream(request: Kind<"stream">, { link, identity }: Carrier): Promise<Delivery> {
  const path = identity.streamPath(request);
  if (path === null) return { kind: "refused", why: "no server has said to which account the run belongs" };
  const reply = await link({
    method: "POST",
    to: { path },
    body: JSON.stringify(request.body),
    headers: JSON_HEADERS,
  });
  return verdictOf(reply);
}

async function deliverUpload(request: Kind<"upload">, { link, identity }: Carrier): Promise<Delivery> {
  const { entity, project } = identity.address() ?? request;
  const asked = await ask(link, {
    query: CREATE_RUN_FILES,
    variables: { entity, project, run: request.run, files: [request.file] },
    operationName: "CreateRunFiles",
  });
  if (asked.kind !== "data") return asked;
  const slots = UploadSlots.safeParse(asked.data).data?.createRunFiles;
  const url = slots?.files[0]?.uploadUrl;
  if (url === undefined) return { kind: "refused", why: `there is no place for ${request.file}` };
  const headers = Object.fromEntries((slots?.uploadHeaders ?? []).map(splitHeader));
  return verdictOf(
    await link({ method: "PUT", to: { url }, body: Buffer.from(request.base64, "base64"), headers }),
  );
}

const JSON_HEADERS = { "content-type": "application/json", "user-agent": "autoloop" };
const Answer = z.object({ data: z.looseObject({}).nullish() });

async function ask(
  link: UpstreamLink,
  question: { query: string; variables: Readonly<Record<string, unknown>>; operationName: string },
): Promise<{ kind: "data"; data: unknown } | Exclude<Delivery, { kind: "sent" }>> {
  const reply = await link({
    method: "POST",
    to: { path: "/graphql" },
    body: JSON.stringify(question),
    headers: JSON_HEADERS,
  });
  if (reply.kind === "away") return reply;
  const verdict = verdictOf(reply);
  if (verdict.kind !== "sent") return verdict;
  const text = Buffer.from(reply.body).toString("utf8");
  const data = Answer.safeParse(parse(text)).data?.data;
  return data
    ? { kind: "data", data }
    : { kind: "refused", why: `${question.operationName}: ${text.slice(0, 200)}` };
}

function verdictOf(reply: UpstreamReply): Delivery {
  if (reply.kind === "away") return reply;
  if (reply.status < 300) return { kind: "sent" };
  return { kind: "refused", why: `status ${reply.status}` };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `Name:value` */
function splitHeader(header: string): [string, string] {
  const colon = header.indexOf(":");
  return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()];
}
