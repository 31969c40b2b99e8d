import * as z from "zod";
import { AutoloopError } from "../errors.ts";
import { parseWandbAnswer } from "../wire/wandb-answer-json.ts";

/** What one HTTP answer means for the next step. */
export type Verdict =
  | { readonly kind: "data"; readonly data: unknown }
  /** Ask again; `waitMs` = the server said when. */
  | {
      readonly kind: "again";
      readonly why: string;
      readonly waitMs: number | null;
      readonly limited: boolean;
    }
  /** The same question will not get through: ask for less. */
  | { readonly kind: "too-much"; readonly why: string }
  /** An old self-hosted server that lacks an argument: ask without it. */
  | { readonly kind: "unknown-argument"; readonly why: string };

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
  readonly waitMs: number | null;
  readonly url: string;
}

/** Errors come in three shapes, also beside data and with 4xx (wandb facts 1). */
const Errors = z.looseObject({
  errors: z.array(z.union([z.string(), z.looseObject({ message: z.string() })])).nullish(),
  error: z.string().nullish(),
  data: z.unknown().optional(),
});

const TRANSIENT_STATUS = new Set([408, 425]);

/**
 * Reads an answer of the GraphQL endpoint.
 * @throws AutoloopError for what a person must change: `runs.unauthorized`, `.forbidden`, `.no-project`, `.not-json`, `.refused`.
 */
export function judgeAnswer(answer: HttpAnswer): Verdict {
  const { status, waitMs } = answer;
  if (status === 401) throw unauthorized(answer.url);
  if (status === 429) return { kind: "again", why: "the rate limit is reached", waitMs, limited: true };
  if (status === 413) return { kind: "too-much", why: "the question or its answer is too large (HTTP 413)" };
  if (status === 501) throw refused(answer.url, "HTTP 501");
  if (status >= 500 || TRANSIENT_STATUS.has(status)) {
    return { kind: "again", why: `HTTP ${status}`, waitMs, limited: false };
  }
  const json = parseJson(answer.body);
  if (json === undefined) {
    if (status === 200 && /^\s*\{/.test(answer.body.toString())) {
      return { kind: "again", why: "the answer broke off", waitMs, limited: false };
    }
    throw notJson(answer);
  }
  const parsed = Errors.safeParse(json);
  if (!parsed.success) throw notJson(answer);
  const messages = messagesOf(parsed.data);
  if (messages.length > 0) return judgeMessages(answer, messages.join("; "));
  if (status >= 400) return judgeMessages(answer, `HTTP ${status}`);
  return { kind: "data", data: parsed.data.data };
}

function judgeMessages({ status, url, waitMs }: HttpAnswer, message: string): Verdict {
  if (/unknown argument/i.test(message)) return { kind: "unknown-argument", why: message };
  if (/rate limit/i.test(message)) return { kind: "again", why: message, waitMs, limited: true };
  if (/project not found|could not find project/i.test(message)) throw noProject(url, message);
  if (status === 403 || /permission|forbidden|not authorized/i.test(message)) throw forbidden(url, message);
  if (/timeout|timed out|deadline|too large|too many/i.test(message))
    return { kind: "too-much", why: message };
  if (/internal|temporar/i.test(message)) return { kind: "again", why: message, waitMs, limited: false };
  throw refused(url, message);
}

function messagesOf({ errors, error }: z.infer<typeof Errors>): string[] {
  const listed = (errors ?? []).map((entry) => (typeof entry === "string" ? entry : entry.message));
  return error ? [...listed, error] : listed;
}

function parseJson(body: Buffer): unknown {
  try {
    return parseWandbAnswer(body);
  } catch {
    return undefined;
  }
}

function unauthorized(url: string): AutoloopError {
  return new AutoloopError("runs.unauthorized", {
    what: `${url} does not accept the W&B key (HTTP 401).`,
    next: "Set WANDB_API_KEY to a valid key of that server (https://wandb.ai/authorize).",
  });
}

function forbidden(url: string, message: string): AutoloopError {
  return new AutoloopError("runs.forbidden", {
    what: `${url} denies access: ${message}.`,
    next: "Use a key whose user may read the project, or check entity and project.",
  });
}

export function noProject(name: string, message = "not found"): AutoloopError {
  return new AutoloopError("runs.no-project", {
    what: `There is no W&B project at ${name}, or the key may not see it: ${message}.`,
    next: "Check source.entity and source.project in the settings (or --entity and --project).",
  });
}

function notJson({ url, status, body }: HttpAnswer): AutoloopError {
  const kind = /^\s*</.test(body.toString()) ? "a web page" : "no JSON";
  return new AutoloopError("runs.not-json", {
    what: `${url} answered with ${kind} (HTTP ${status}), so it is not the W&B API.`,
    next: "Check source.base_url or WANDB_BASE_URL (https://api.wandb.ai for the cloud), and any proxy's login page.",
  });
}

function refused(url: string, message: string): AutoloopError {
  return new AutoloopError("runs.refused", {
    what: `${url} refused the question: ${message}.`,
    next: "If this is a self-hosted server, update it; otherwise report the message.",
  });
}
