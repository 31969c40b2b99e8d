import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Agent } from "undici";
import * as z from "zod";
import { AutoloopError } from "./errors.ts";
import { type Environment, httpLibrary, proxyAgents, proxyFor } from "./proxied-fetch.ts";

interface Question {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

interface WholeAnswer {
  readonly status: number;
  /** The first value of a header, its name in lower case; null = it is not there. */
  readonly header: (name: string) => string | null;
  /** Unpacked. */
  readonly body: Buffer;
}

/** As many as keep two servers that point to each other from being asked for ever. */
const MOST_REDIRECTIONS = 5;
const PACKED = new Set(["gzip", "x-gzip"]);

/**
 * POST through the proxy which the environment names, for answers of many megabytes that nobody reads before their end.
 * `fetch` unpacks such an answer in thousands of pieces of 16 KiB, which takes more time than reading what is in it.
 */
export function proxiedPost(env: Environment): (url: string, question: Question) => Promise<WholeAnswer> {
  const agentOf = proxyAgents();
  let direct: Agent | undefined;
  return async (url, { headers, body, signal }) => {
    const proxy = proxyFor(new URL(url), env);
    const undici = await httpLibrary();
    direct ??= new undici.Agent();
    const response = await undici.request(url, {
      method: "POST",
      headers: { ...headers, "accept-encoding": "gzip" },
      body,
      signal,
      dispatcher: proxy ? agentOf(proxy, undici.ProxyAgent) : direct,
      maxRedirections: MOST_REDIRECTIONS,
    });
    const sent = Buffer.from(await response.body.arrayBuffer());
    checkOrigin(url, response.context);
    const header = (name: string): string | null => [response.headers[name] ?? null].flat()[0] ?? null;
    const isPacked = sent.length > 0 && PACKED.has((header("content-encoding") ?? "").toLowerCase());
    const unpacked = isPacked ? await unpack(sent) : sent;
    return { status: response.statusCode, header, body: unpacked };
  };
}

const Way = z.object({ history: z.array(z.instanceof(URL)) });

/** Another server got the question without the key, so what it says of it would mislead. */
function checkOrigin(url: string, context: unknown): void {
  const asked = new URL(url).origin;
  const { data } = Way.safeParse(context);
  const answered = data?.history.at(-1)?.origin ?? asked;
  if (answered === asked) return;
  throw new AutoloopError("runs.moved", {
    what: `${asked} sends its readers to ${answered}, where the key for the first does not go.`,
    next: `Set WANDB_BASE_URL to ${answered}.`,
  });
}

/** Histories shrink to a third or so; where a piece is too small, there is another one. */
const USUAL_GROWTH = 3;

function unpack(packed: Buffer): Promise<Buffer> {
  return promisify(gunzip)(packed, { chunkSize: Math.max(1024, packed.length * USUAL_GROWTH) });
}
