import * as z from "zod";
import { AutoloopError, messageOf } from "../errors.ts";

/** Tells people in a chat. */
export interface Messenger {
  /** @throws AutoloopError `forge.notify`; nothing depends on it. */
  readonly send: (text: string) => Promise<void>;
}

export type ChatKind = "feishu" | "dingtalk" | "wecom" | "slack";

export interface WebhookOptions {
  readonly kind: ChatKind;
  /** Holds a secret: it is never said. */
  readonly url: string;
  readonly fetch: typeof fetch;
}

/** WeCom takes the fewest: 2,048 bytes. */
const LONGEST_BYTES = 2000;
const TIMEOUT_MS = 10_000;

export function webhook({ kind, url, fetch: request }: WebhookOptions): Messenger {
  const address = checkedAddress(url);
  return {
    send: async (text) => {
      let answer: string;
      try {
        const response = await request(address, {
          method: "POST",
          headers: { "content-type": "application/json; charset=utf-8" },
          body: JSON.stringify(bodyOf(kind, harmless(text))),
          redirect: "error",
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        answer = await response.text();
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
      } catch (cause) {
        throw failed(kind, messageOf(cause));
      }
      const refusal = refusalOf(answer);
      if (refusal !== null) throw failed(kind, refusal);
    },
  };
}

function checkedAddress(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : null;
  const loopback = address !== null && /^(127\.|localhost$|\[::1\])/.test(address.hostname);
  if (address?.protocol === "https:" || (address?.protocol === "http:" && loopback)) return address;
  throw new AutoloopError("settings.webhook", {
    what: "The address of `notify.webhook` is no https address.",
    next: "Put the whole address that the chat gave you into the secret.",
  });
}

function bodyOf(kind: ChatKind, text: string): object {
  switch (kind) {
    case "feishu":
      return { msg_type: "text", content: { text } };
    case "dingtalk":
    case "wecom":
      return { msgtype: "text", text: { content: text } };
    case "slack":
      return { text: text.replaceAll("&", "&amp;") };
  }
}

/** Nothing in it mentions anybody: chats act on `<at …>`, `<!channel>` and `@`. */
function harmless(text: string): string {
  let shown = text.replaceAll("<", "‹").replaceAll(">", "›").replaceAll("@", "＠");
  while (Buffer.byteLength(shown, "utf8") > LONGEST_BYTES) shown = [...shown].slice(0, -20).join("");
  return shown;
}

/** Three of the four answer 200 to everything and say in the body what they think of it. */
const Answer = z.looseObject({
  code: z.number().optional(),
  errcode: z.number().optional(),
  msg: z.string().optional(),
  errmsg: z.string().optional(),
});

function refusalOf(answer: string): string | null {
  let json: unknown;
  try {
    json = JSON.parse(answer);
  } catch {
    // Slack says "ok".
    return null;
  }
  const parsed = Answer.safeParse(json);
  if (!parsed.success) return null;
  const { code = 0, errcode = 0, msg, errmsg } = parsed.data;
  return code === 0 && errcode === 0 ? null : `${code || errcode} ${msg ?? errmsg ?? ""}`.trim();
}

function failed(kind: ChatKind, why: string): AutoloopError {
  return new AutoloopError("forge.notify", {
    what: `${kind} was not told (${why.slice(0, 300)}).`,
    next: "Check the webhook's address and its keyword; nothing else depends on it.",
  });
}
