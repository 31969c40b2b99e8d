import { getOctokit } from "@actions/github";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { AutoloopError, messageOf } from "../../errors.ts";

export type GitHubClient = ReturnType<typeof connect>;

export interface Connection {
  readonly token: string;
  /** `https://api.github.com`, or that of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  readonly owner: string;
  readonly repo: string;
}

/**
 * A client that waits between writes as GitHub asks (1 s, 3 s where people are notified) and tries again what is worth it.
 * Only a loopback address is spared the waiting.
 */
export function connect({ token, apiUrl, owner, repo }: Connection) {
  const octokit = getOctokit(
    token,
    {
      baseUrl: apiUrl,
      userAgent: "autoloop",
      throttle: {
        enabled: !isLoopback(apiUrl),
        onRateLimit: (after: number, _options: object, _octokit: object, tries: number) =>
          tries < 2 && after <= 120,
        onSecondaryRateLimit: (after: number, _options: object, _octokit: object, tries: number) =>
          tries < 3 && after <= 120,
      },
    },
    retry,
    throttling,
  );
  return { octokit, owner, repo };
}

function isLoopback(url: string): boolean {
  return /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/.test(new URL(url).hostname);
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
