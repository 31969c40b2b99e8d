/** The real W&B behind the relay. Only here the real key is used. */
import { messageOf } from "../../errors.ts";
import type { Clock } from "../ports.ts";

export interface Upstream {
  /** E.g. https://api.wandb.ai */
  readonly baseUrl: string;
  readonly apiKey: string;
}

export interface UpstreamMessage {
  readonly method: "POST" | "PUT";
  /** Below the base URL, with the key; or a whole URL that the server gave for an upload, without it. */
  readonly to: { readonly path: string } | { readonly url: string };
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the answer, in milliseconds, where the caller has less time than the link. */
  readonly timeoutMs?: number;
}

export type UpstreamReply =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: Headers;
      readonly body: Uint8Array<ArrayBuffer>;
    }
  /** Not reachable, or not able to take it now. `waitMs`: as the server asked; null = it did not. */
  | { readonly kind: "away"; readonly why: string; readonly waitMs: number | null; readonly slow: boolean };

export type UpstreamLink = (message: UpstreamMessage) => Promise<UpstreamReply>;

export interface UpstreamOptions {
  readonly upstream: Upstream;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** For one answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** Too early, too much, too slow: worth another try, unlike every other 4xx. */
const TRY_LATER = new Set([408, 425, 429]);
const LONGEST_WAIT_MS = 120_000;

/** One try each; the caller decides what becomes of a message that did not arrive. Never throws. */
export function upstreamLink({ upstream, fetch, clock, timeoutMs }: UpstreamOptions): UpstreamLink {
  const baseUrl = upstream.baseUrl.replace(/\/+$/, "");
  const authorization = `Basic ${Buffer.from(`api:${upstream.apiKey}`).toString("base64")}`;
  return async ({ method, to, body, headers = {}, timeoutMs: ownTimeoutMs = timeoutMs }) => {
    const url = "path" in to ? `${baseUrl}${to.path}` : to.url;
    const timeout = AbortSignal.timeout(Math.min(ownTimeoutMs, timeoutMs));
    try {
      const response = await fetch(url, {
        method,
        body,
        headers: "path" in to ? { ...headers, authorization } : headers,
        // A redirect must not carry the key somewhere else.
        redirect: "manual",
        signal: timeout,
      });
      const answer = new Uint8Array(await response.arrayBuffer());
      const { status } = response;
      if (status < 500 && !TRY_LATER.has(status)) {
        return { kind: "answered", status, headers: response.headers, body: answer };
      }
      const waitMs = askedWait(response.headers, clock);
      return { kind: "away", why: `status ${status}`, waitMs, slow: false };
    } catch (error) {
      if (timeout.aborted) return { kind: "away", why: "no answer in time", waitMs: null, slow: true };
      return { kind: "away", why: reason(error), waitMs: null, slow: false };
    }
  };
}

/** The page of W&B that belongs to an API, as the SDK derives it. */
export function appUrl({ baseUrl }: Upstream): string {
  const url = baseUrl.replace(/\/+$/, "");
  if (url.includes("://api.wandb.")) return url.replace("://api.", "://");
  return url.replace("://api.", "://app.");
}

function askedWait(headers: Headers, clock: Clock): number | null {
  const asked = headers.get("retry-after") ?? headers.get("ratelimit-reset");
  if (asked === null || asked.trim() === "") return null;
  const seconds = Number(asked);
  const wait = Number.isNaN(seconds) ? Date.parse(asked) - clock.now() : seconds * 1000;
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), LONGEST_WAIT_MS);
}

/** fetch says only "fetch failed"; the reason stands in its cause. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)} (${messageOf(cause)})`;
}
