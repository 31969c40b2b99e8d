/** Bodies in and answers out, both small. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { hasCode } from "../atomic-file.ts";

export interface TapAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export function json(body: unknown, status = 200): TapAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** In the form in which W&B puts it. */
export function refusal(status: number, message: string): TapAnswer {
  return json({ errors: [{ message }] }, status);
}

/** What a request carries, unpacked; or the answer to one that carries too much or nonsense. */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer> } | { refused: TapAnswer }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    // The rest is read and dropped, so that the client gets to read the answer.
    else chunks.length = 0;
  }
  if (size > maxBytes) return { refused: tooLarge(maxBytes) };
  const bytes = new Uint8Array(Buffer.concat(chunks));
  if (request.headers["content-encoding"] !== "gzip") return { bytes };
  try {
    return { bytes: new Uint8Array(await promisify(gunzip)(bytes, { maxOutputLength: maxBytes })) };
  } catch (error) {
    const isLarge = hasCode(error, ["ERR_BUFFER_TOO_LARGE"]);
    return { refused: isLarge ? tooLarge(maxBytes) : refusal(400, "the body is not gzip") };
  }
}

export function send(response: ServerResponse, { status, headers = {}, body }: TapAnswer): void {
  const payload = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(status, { ...headers, "content-length": payload.length });
  response.end(payload);
}

function tooLarge(maxBytes: number): TapAnswer {
  return refusal(413, `more than ${maxBytes} bytes`);
}
