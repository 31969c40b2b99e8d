import { AutoloopError, messageOf } from "../errors.ts";
import { judgeAnswer, type Verdict } from "./wandb-answer.ts";

/** The world outside, given by the caller. */
export interface WandbWorld {
  /** One question and its whole answer. Rejects where there is none. */
  readonly post: (
    url: string,
    question: {
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly signal: AbortSignal;
    },
  ) => Promise<{
    readonly status: number;
    /** By its name in lower case; null = it is not there. */
    readonly header: (name: string) => string | null;
    readonly body: Buffer;
  }>;
  readonly sleep: (ms: number) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface WandbHttpOptions extends WandbWorld {
  /** Default https://api.wandb.ai */
  readonly baseUrl?: string | undefined;
  /** null = ask anonymously, enough for public projects. */
  readonly apiKey: string | null;
  /** Per try, default 60 s. */
  readonly timeoutMs?: number | undefined;
}

type ReadHeader = (name: string) => string | null;

interface Question {
  /** Name of the operation in `query`. */
  readonly operation: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** `short`: the caller can ask for less, so a heavy question is not repeated often. Default `full`: five tries. */
  readonly patience?: "short" | "full";
}

/** `too-much` and `unknown-argument` carry the error for callers that cannot ask differently. */
export type Reply =
  | { readonly kind: "data"; readonly data: unknown }
  | { readonly kind: "too-much" | "unknown-argument"; readonly error: AutoloopError };

export interface WandbHttp {
  readonly url: string;
  ask(question: Question, signal?: AbortSignal): Promise<Reply>;
}

export const DEFAULT_BASE_URL = "https://api.wandb.ai";
const TRIES = { short: 2, full: 5 };
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A server may ask for a longer pause than we would make; beyond this we give up instead of sleeping. */
const LONGEST_ASKED_MS = 120_000;

/** The GraphQL endpoint with the retries, pauses and time limits of wandb facts 6. */
export function wandbHttp(options: WandbHttpOptions): WandbHttp {
  const url = `${(options.baseUrl ?? DEFAULT_BASE_URL).replace(/\/+$/, "")}/graphql`;
  /** Nobody asks before this time: the server said that the budget is used up. */
  let closedUntil = 0;

  async function ask(question: Question, signal?: AbortSignal): Promise<Reply> {
    const tries = TRIES[question.patience ?? "full"];
    let last: Verdict & { kind: "again" | "too-much" } = { kind: "too-much", why: "not asked" };
    for (let attempt = 0; attempt < TRIES.full; attempt++) {
      if (closedUntil > options.now()) await options.sleep(closedUntil - options.now());
      const verdict = await tryOnce(question, signal);
      if (verdict.kind === "data") return verdict;
      if (verdict.kind === "unknown-argument") return { kind: verdict.kind, error: unreachable(verdict.why) };
      last = verdict;
      if (verdict.kind === "too-much") break;
      // Being told to wait is no sign of a heavy question: it is always worth all tries.
      if (attempt + 1 >= (verdict.limited ? TRIES.full : tries)) break;
      if ((verdict.waitMs ?? 0) > LONGEST_ASKED_MS) throw rateLimited(verdict.waitMs ?? 0);
      await options.sleep(verdict.waitMs ?? pause(attempt));
    }
    if (last.kind === "again" && last.limited) throw rateLimited(last.waitMs);
    return { kind: "too-much", error: unreachable(last.why) };
  }

  async function tryOnce(
    { operation, query, variables, patience }: Question,
    signal?: AbortSignal,
  ): Promise<Verdict> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? 60_000);
    try {
      const { status, header, body } = await options.post(url, {
        headers: headers(options.apiKey),
        body: JSON.stringify({ operationName: operation, query, variables }),
        signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
      });
      noteBudget(header);
      return judgeAnswer({ status, body, waitMs: askedWait(header), url });
    } catch (error) {
      if (error instanceof AutoloopError || signal?.aborted) throw error;
      if (timeout.aborted && patience === "short") return { kind: "too-much", why: "no answer in time" };
      const why = timeout.aborted ? "no answer in time" : networkReason(error);
      return { kind: "again", why, waitMs: null, limited: false };
    }
  }

  function pause(attempt: number): number {
    return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt * (1 + options.random() / 4));
  }

  function noteBudget(header: ReadHeader): void {
    const reset = Number(header("ratelimit-reset"));
    if (header("ratelimit-remaining") !== "0" || !(reset > 0)) return;
    closedUntil = options.now() + Math.min(reset * 1000, LONGEST_WAIT_MS);
  }

  /** Retry-After first (seconds or a date), then RateLimit-Reset (seconds). */
  function askedWait(header: ReadHeader): number | null {
    const retryAfter = header("retry-after");
    if (retryAfter !== null && retryAfter.trim() !== "") {
      const seconds = Number(retryAfter);
      const wait = Number.isNaN(seconds) ? Date.parse(retryAfter) - options.now() : seconds * 1000;
      if (!Number.isNaN(wait)) return Math.max(0, wait);
    }
    const reset = Number(header("ratelimit-reset"));
    return reset > 0 ? reset * 1000 : null;
  }

  function unreachable(why: string): AutoloopError {
    return new AutoloopError("runs.unreachable", {
      what: `W&B at ${url} gives no usable answer: ${why}.`,
      next: "Check the network, the proxy and the server's status, then try again.",
    });
  }

  function rateLimited(waitMs: number | null): AutoloopError {
    const when = waitMs === null ? "later" : `in ${Math.ceil(waitMs / 1000)} s`;
    return new AutoloopError("runs.rate-limited", {
      what: `W&B at ${url} refuses more questions for now (rate limit).`,
      next: `Try again ${when}, or select fewer runs.`,
    });
  }

  return { url, ask };
}

function headers(apiKey: string | null): Record<string, string> {
  const common = { "content-type": "application/json", "user-agent": "autoloop" };
  if (apiKey === null) return common;
  return { ...common, authorization: `Basic ${Buffer.from(`api:${apiKey}`).toString("base64")}` };
}

/** Some errors say only that it failed; the reason stands in their cause. */
function networkReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)} (${messageOf(cause)})`;
}
