import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** The least a W&B server must answer, and a record of what it was asked. */
export interface IngestServer {
  readonly url: string;
  readonly requests: readonly Recorded[];
  /** Lines of `wandb-history.jsonl`, by line number. */
  readonly history: readonly string[];
  /** What the next file_stream request is answered with. */
  answer: unknown;
  close(): Promise<void>;
}

interface Recorded {
  readonly path: string;
  readonly authorization: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the client sent
  readonly body: any;
}

export async function startIngestServer({ bucket = null }: { bucket?: unknown } = {}): Promise<IngestServer> {
  const requests: Recorded[] = [];
  const history: string[] = [];
  const state = { answer: {} as unknown };
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await read(request));
    requests.push({ path: request.url ?? "", authorization: request.headers.authorization, body });
    const lines = body.files?.["wandb-history.jsonl"];
    lines?.content.forEach((line: string, i: number) => {
      history[lines.offset + i] = line;
    });
    const project = { id: "p", name: "tiny", entity: { id: "e", name: "me" } };
    const data =
      body.operationName === "RunResumeStatus"
        ? { model: { bucket } }
        : { upsertBucket: { bucket: { project } } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(request.url === "/graphql" ? { data } : state.answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    history,
    get answer() {
      return state.answer;
    },
    set answer(value) {
      state.answer = value;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
