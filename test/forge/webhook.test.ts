import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { type ChatKind, webhook } from "../../src/forge/webhook.ts";

/** A chat that answers so, and what it was sent. */
function chat(answer: string, status = 200) {
  const sent: { readonly url: string; readonly body: unknown; readonly redirect: string | undefined }[] = [];
  const request: typeof fetch = async (url, init) => {
    sent.push({ url: String(url), body: JSON.parse(String(init?.body)), redirect: init?.redirect });
    return new Response(answer, { status });
  };
  return { sent, request };
}

const say = (kind: ChatKind, text: string, answer = "{}", status = 200) => {
  const { sent, request } = chat(answer, status);
  const told = webhook({ kind, url: "https://chat.test/hook/s3cret", fetch: request }).send(text);
  return told.then(() => sent);
};

describe("webhook", () => {
  it.each<[ChatKind, object]>([
    ["feishu", { msg_type: "text", content: { text: "round 0001" } }],
    ["dingtalk", { msgtype: "text", text: { content: "round 0001" } }],
    ["wecom", { msgtype: "text", text: { content: "round 0001" } }],
    ["slack", { text: "round 0001" }],
  ])("speaks %s, and follows no redirect", async (kind, body) => {
    expect(await say(kind, "round 0001", kind === "slack" ? "ok" : '{"code":0,"errcode":0}')).toEqual([
      { url: "https://chat.test/hook/s3cret", body, redirect: "error" },
    ]);
  });

  it.each<[ChatKind, string, number, RegExp]>([
    ["feishu", '{"code":19001,"msg":"param invalid"}', 200, /19001 param invalid/],
    ["dingtalk", '{"errcode":310000,"errmsg":"keywords not in content"}', 200, /310000 keywords/],
    ["wecom", '{"errcode":93000,"errmsg":"invalid webhook url"}', 200, /93000/],
    ["slack", "no_service", 404, /HTTP 404/],
  ])("hears the refusal of %s, and does not repeat the address", async (kind, answer, status, words) => {
    const told = say(kind, "x", answer, status);
    await expect(told).rejects.toThrow(words);
    await expect(told).rejects.not.toThrow(/s3cret/);
  });

  it.each(["http://chat.test/hook", "file:///etc/passwd", "chat.test", "https:"])("refuses %s", (url) => {
    expect(() => webhook({ kind: "slack", url, fetch })).toThrow(/no https address/);
  });

  it("mentions nobody and fits, whatever a message says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 3000 }), async (text) => {
        const [sent] = await say("feishu", `<at user_id="all"></at> <!channel> @all ${text}`);
        const said = JSON.stringify(sent?.body);
        expect(said).not.toMatch(/[<>@]/);
        expect(Buffer.byteLength(said)).toBeLessThan(2048 * 2);
      }),
      { numRuns: 50 },
    );
  });
});
