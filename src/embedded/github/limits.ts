import type { Fault } from "./faults.ts";
import type { Json } from "./json.ts";
import { ApiError } from "./reply.ts";

const DOCUMENTATION = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api";
const SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

type Answer = Pick<Fault, "status" | "body" | "headers">;

/** The answer to whoever writes too fast: for a fault. */
export function secondaryLimit(retryAfterSeconds: number): Answer {
  return {
    status: 403,
    headers: { "retry-after": String(retryAfterSeconds) },
    body: message(SECONDARY),
  };
}

/** The answer to whoever has used up the hour: for a fault. */
export function primaryLimit({ limit, resetsAt }: { limit: number; resetsAt: Date }): Answer {
  return {
    status: 403,
    headers: {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": "0",
      "x-ratelimit-used": String(limit),
      "x-ratelimit-reset": String(Math.ceil(resetsAt.getTime() / 1000)),
      "x-ratelimit-resource": "core",
    },
    body: message("API rate limit exceeded for installation."),
  };
}

function message(text: string): Json {
  return { message: text, documentation_url: DOCUMENTATION };
}

const MINUTE_MS = 60_000;
const PER_MINUTE = 80;
const PER_HOUR = 500;
const CREATES = /^(issues\/\d+\/comments|pulls|pulls\/\d+\/(reviews|comments|requested_reviewers))$/;

export interface ContentLimit {
  /** @throws ApiError 403 with `retry-after` when this account creates content too fast. */
  spend(request: { method: string; path: string; login: string }): void;
}

/** GitHub's limit for what notifies people: 80 a minute and 500 an hour for each account. */
export function contentLimit(now: () => Date): ContentLimit {
  const spent = new Map<string, number[]>();
  return {
    spend: ({ method, path, login }) => {
      if (method !== "POST" || !CREATES.test(path)) return;
      const at = now().getTime();
      const recent = (spent.get(login) ?? []).filter((time) => at - time < 60 * MINUTE_MS);
      const lastMinute = recent.filter((time) => at - time < MINUTE_MS);
      const blocking = lastMinute.length >= PER_MINUTE ? lastMinute : recent;
      const span = lastMinute.length >= PER_MINUTE ? MINUTE_MS : 60 * MINUTE_MS;
      if (lastMinute.length >= PER_MINUTE || recent.length >= PER_HOUR) {
        const wait = Math.ceil(((blocking[0] ?? at) + span - at) / 1000);
        throw new ApiError(403, SECONDARY, {}, { "retry-after": String(wait) });
      }
      spent.set(login, [...recent, at]);
    },
  };
}
