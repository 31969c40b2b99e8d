/** Requests per fixed window, as announced by the headers `RateLimit-Limit`, `-Remaining` (scaled to 1000) and `-Reset`. */
export interface RateLimit {
  readonly requests: number;
  readonly windowSeconds: number;
}

export interface RateVerdict {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export function createRateLimiter(limit: RateLimit, now: () => number): () => RateVerdict {
  const windowMs = limit.windowSeconds * 1000;
  let start = Number.NEGATIVE_INFINITY;
  let used = 0;
  return () => {
    if (now() - start >= windowMs) {
      start = now();
      used = 0;
    }
    const allowed = used < limit.requests;
    if (allowed) used += 1;
    const remaining = Math.floor((1000 * (limit.requests - used)) / limit.requests);
    return {
      allowed,
      headers: {
        "RateLimit-Limit": "1000",
        "RateLimit-Remaining": String(remaining),
        "RateLimit-Reset": String(Math.max(0, Math.ceil((start + windowMs - now()) / 1000))),
      },
    };
  };
}
