import { setTimeout as sleep } from "node:timers/promises";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import { AutoloopError, messageOf } from "../../errors.ts";

export type GitHubClient = ReturnType<typeof connect>;

export interface Connection {
  readonly token: string;
  /** `https://api.github.com`, or that of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  readonly owner: string;
  readonly repo: string;
  readonly now: () => Date;
  readonly fetch: typeof globalThis.fetch;
}

const PatientOctokit = Octokit.plugin(retry, throttling);

/**
 * A client that waits between writes as GitHub asks (1 s, 3 s where people are notified) and tries again what is worth it.
 * Only a loopback address is spared the waiting.
 */
export function connect({ token, apiUrl, owner, repo, now, fetch }: Connection) {
  const octokit = new PatientOctokit({
    auth: token,
    baseUrl: apiUrl,
    userAgent: "autoloop",
    request: { fetch },
    // Otherwise every request that fails is told on stderr, also one that is expected to.
    log: { debug: ignore, info: ignore, warn, error: ignore },
    retry: { retryAfterBaseValue: patience(apiUrl) },
    throttle: {
      enabled: !isLoopback(apiUrl),
      onRateLimit: (after: number, _options: object, _octokit: object, tries: number) =>
        tries < 2 && after <= 120,
      onSecondaryRateLimit: (after: number, _options: object, _octokit: object, tries: number) =>
        tries < 3 && after <= 120,
    },
  });
  return { octokit, owner, repo, now, wait: (step: number) => sleep(step * patience(apiUrl)) };
}

function ignore(): void {}

/** Of GitHub's deprecations, above all. */
function warn(said: string): void {
  process.emitWarning(said);
}

/** Milliseconds that a first retry waits. */
function patience(apiUrl: string): number {
  return isLoopback(apiUrl) ? 10 : 1000;
}

function isLoopback(url: string): boolean {
  return /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/.test(new URL(url).hostname);
}

/** For requests that are not to be repeated blindly: what a lost answer says was done may have been done. */
export const ONCE = { request: { retries: 0 } } as const;

/**
 * Creates something that must not be there twice. After an answer that leaves open whether it was created (5xx, a cut connection)
 * it is looked for before it is tried again.
 */
export async function createOnce<Thing>(
  { wait }: Pick<GitHubClient, "wait">,
  { create, find }: { create: () => Promise<Thing>; find: () => Promise<Thing | null> },
): Promise<Thing> {
  for (let tries = 1; ; tries++) {
    try {
      return await create();
    } catch (thrown) {
      const status = statusOf(thrown) ?? 500;
      if (status < 500) throw thrown;
      await wait(tries);
      const found = await find();
      if (found !== null) return found;
      if (tries === TRIES) throw thrown;
    }
  }
}

const TRIES = 3;

/** Asks when it is first wanted, and not again; a question that failed is asked anew. */
export function askOnce<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let known: Promise<Value> | undefined;
  return () => {
    known ??= ask().catch((thrown: unknown) => {
      known = undefined;
      throw thrown;
    });
    return known;
  };
}

/** The account behind the token, also behind a workflow's or an App's, which REST does not tell. */
export function whoAmI({ octokit }: Pick<GitHubClient, "octokit">): () => Promise<string> {
  return askOnce(async () => {
    const query = "query { viewer { login } }";
    return (await octokit.graphql<{ viewer: { login: string } }>(query)).viewer.login;
  });
}

/** A new pull request is not known everywhere at once: what says so is asked again, the pull request is not made again. */
export async function whenKnown<Value>(
  { wait }: Pick<GitHubClient, "wait">,
  request: () => Promise<Value>,
): Promise<Value> {
  for (let tries = 1; ; tries++) {
    try {
      return await request();
    } catch (thrown) {
      if (tries === TRIES || !isNotKnownYet(thrown)) throw thrown;
      await wait(tries);
    }
  }
}

function isNotKnownYet(thrown: unknown): boolean {
  const status = statusOf(thrown);
  return (
    status === 404 || (status === 422 && /could not resolve to a node|not found/i.test(messageOf(thrown)))
  );
}

/** A refusal that no patience helps against: no permission, nothing there, locked. */
export function isForGood(thrown: unknown): boolean {
  const status = statusOf(thrown);
  return [403, 404, 410, 422].includes(status ?? 0) && !/rate limit/i.test(messageOf(thrown));
}

/** The HTTP status of what a client threw; null for anything else. */
export function statusOf(thrown: unknown): number | null {
  return typeof thrown === "object" &&
    thrown !== null &&
    "status" in thrown &&
    typeof thrown.status === "number"
    ? thrown.status
    : null;
}

/** Runs a request whose answer may be "there is none". */
export async function orNull<Value>(request: Promise<Value>): Promise<Value | null> {
  try {
    return await request;
  } catch (thrown) {
    if (statusOf(thrown) === 404) return null;
    throw thrown;
  }
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "Check the token: it is missing, wrong or has expired.",
  403: "Give the workflow job the permissions of examples/workflows/autoloop.yml, and allow Actions to create pull requests.",
  404: "Check the repository's name and that the token may see it.",
};

/** A sentence for a request that failed for good. */
export function forgeError(doing: string, cause: unknown): AutoloopError {
  if (cause instanceof AutoloopError) return cause;
  const status = statusOf(cause);
  return new AutoloopError("forge.request", {
    what: `GitHub refused ${doing}${status ? ` (${status})` : ""}: ${messageOf(cause)}`.replace(
      /[.\s]*$/,
      ".",
    ),
    next:
      (status && ADVICE[status]) ||
      "Run again later; nothing is half done that the next run does not finish.",
    cause,
  });
}
