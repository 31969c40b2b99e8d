import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { type EmbeddedWandb, startWandb } from "../../../src/embedded/wandb/server.ts";
import { dataOf } from "./client.ts";

/** Requests that real SDKs and a real trainer sent, sent again. */
const dir = process.env["AUTOLOOP_REAL_DATA"];

const Line = z.looseObject({
  m: z.string(),
  u: z.string(),
  op: z.string().nullish(),
  q: z.string().nullish(),
  v: z.record(z.string(), z.unknown()).nullish(),
  fs: z.record(z.string(), z.unknown()).nullish(),
  b: z.string().nullish(),
});
type Line = z.infer<typeof Line>;

const Node = z.record(z.string(), z.unknown());
const Listing = z.object({
  data: z.object({
    project: z.object({ runs: z.object({ edges: z.array(z.object({ node: Node })) }) }),
  }),
});

function linesOf(path: string): readonly Line[] {
  return readFileSync(join(dir ?? "", path), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Line.parse(JSON.parse(line)));
}

/** Trainer logs keep chunks as [offset, line count]: the lines themselves are gone, so stand-ins take their place. */
function withLines(body: Readonly<Record<string, unknown>>): object {
  const files = z.record(z.string(), z.unknown()).nullish().parse(body["files"]) ?? {};
  const filled = Object.entries(files).map(([name, chunk]) => {
    if (!Array.isArray(chunk)) return [name, chunk] as const;
    const [offset, count] = z.tuple([z.int(), z.int()]).parse(chunk);
    return [name, { offset, content: Array.from({ length: count }, () => "{}") }] as const;
  });
  return { ...body, files: Object.fromEntries(filled) };
}

async function replay(wandb: EmbeddedWandb, line: Line): Promise<unknown> {
  const body = line.q
    ? JSON.stringify({ query: line.q, variables: line.v ?? {}, operationName: line.op })
    : line.fs
      ? JSON.stringify(withLines(line.fs))
      : (line.b ?? "");
  const response = await fetch(`${wandb.url}${line.u}`, { method: line.m, body });
  expect([line.u, response.status]).toEqual([line.u, 200]);
  const text = await response.text();
  return line.m === "PUT" ? {} : JSON.parse(text);
}

/** What kind of value a field holds; lists and objects by their first level, JSON texts by what is in them. */
function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  if (typeof value === "string" && /^[[{]/.test(value))
    return `text of ${value[0] === "[" ? "list" : "object"}`;
  return value === null ? "null" : typeof value;
}

describe.skipIf(!dir)(
  "the wire of real clients (skipped without data: AUTOLOOP_REAL_DATA is not set)",
  () => {
    describe("one session of SDK and public client", () => {
      let wandb: EmbeddedWandb;
      beforeAll(async () => {
        wandb = await startWandb();
      });
      afterAll(() => wandb.close());

      const lines = dir ? linesOf("wandb/wire-capture-0.30.0.jsonl") : [];
      it.each(
        lines.map(
          (line, index) =>
            [index, line.op || line.q?.match(/(query|mutation) (\w+)/)?.[2] || line.u, line] as const,
        ),
      )("%i %s", async (_index, _name, line) => {
        const answer = await replay(wandb, line);
        expect(answer).not.toHaveProperty("errors");
      });

      it("leaves the run as the SDK meant it, and nothing unknown", async () => {
        expect(wandb.unknown).toEqual([]);
        const sent = lines.flatMap(
          (line) => Object(Object(Object(line.fs)["files"])["wandb-history.jsonl"])["content"] ?? [],
        );
        const [run] = wandb.runs.all();
        expect(run).toMatchObject({ state: "finished", exitCode: 0 });
        expect(run?.history).toEqual(sent);
        const rows = wandb.runs.rows(run?.name ?? "");
        const steps = sent.map((line: string) => Number(/"_step":(\d+)/.exec(line)?.[1]));
        expect(rows.map((row) => row["_step"])).toEqual(steps);
        expect(rows[0]).toMatchObject({ nan: Number.NaN, inf: Number.POSITIVE_INFINITY });
      });

      it("answers the client's history questions with what was sent", async () => {
        const [run] = wandb.runs.all();
        const query = `query RunSampledHistory($name: String!, $specs: [JSONString!]!) {
        project(name: "${run?.project}") { run(name: $name) { sampledHistory(specs: $specs) } } }`;
        const specs = [JSON.stringify({ keys: ["_step", "nan"], samples: 100 })];
        const { project } = await dataOf(wandb, query, { name: run?.name, specs });
        const rows: readonly object[] = Object(project).run.sampledHistory[0];
        expect(rows).toHaveLength(wandb.runs.rows(run?.name ?? "").filter((row) => "nan" in row).length);
        expect(rows[0]).toMatchObject({ nan: "NaN" });
      });
    });

    describe.each([1, 2])("trainer server %i", (number) => {
      const lines = dir ? linesOf(`real-runs/online/server${number}.requests.jsonl`) : [];
      /** Shortened by whoever kept the log: not what was sent. */
      const isWhole = ({ q }: Line) => !q?.endsWith("{ x }");

      it("would have answered every request, and lists the runs in the same shape", {
        timeout: 60_000,
      }, async () => {
        const wandb = await startWandb();
        for (const line of lines.filter(isWhole))
          expect(await replay(wandb, line)).not.toHaveProperty("errors");
        expect(wandb.unknown).toEqual([]);
        expect(wandb.requests.filter(({ status }) => status !== 200)).toEqual([]);

        const answer: unknown = JSON.parse(
          readFileSync(join(dir ?? "", `real-runs/online/runs${number}.graphql.json`), "utf8"),
        );
        const captured = Listing.parse(answer).data.project.runs.edges.map(({ node }) => node);
        const fields = Object.keys(captured[0] ?? {})
          .map(
            (key) =>
              ({ user: "user { id name username }", project: "project { id name entity { id name } }" })[
                key
              ] ?? key,
          )
          .join(" ");
        const ours = Listing.parse({
          data: await dataOf(
            wandb,
            `{ project(name: "tiny", entityName: "me") { runs { edges { node { ${fields} } } } } }`,
          ),
        }).data.project.runs.edges.map(({ node }) => node);

        expect(ours.map(({ name }) => name)).toEqual(captured.map(({ name }) => name));
        for (const [index, node] of captured.entries()) {
          const mine = ours[index] ?? {};
          expect(Object.entries(mine).map(([key, value]) => [key, shapeOf(value)])).toEqual(
            Object.entries(node).map(([key, value]) => [key, shapeOf(value)]),
          );
          for (const key of [
            "id",
            "name",
            "displayName",
            "state",
            "group",
            "jobType",
            "tags",
            "host",
            "config",
          ]) {
            expect([key, mine[key]]).toEqual([key, node[key]]);
          }
          expect(mine["historyLineCount"]).toBe(node["historyLineCount"]);
        }
        await wandb.close();
      });
    });
  },
);
