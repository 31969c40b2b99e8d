import { fc, it } from "@fast-check/vitest";
import { describe, expect, it as test } from "vitest";
import type { FileStream } from "../../../src/training/tap/file-stream.ts";
import { mergeEntries, type StoredEntry } from "../../../src/training/tap/stored-request.ts";

const NAMES = ["wandb-history.jsonl", "output.log", "wandb-summary.json"] as const;

/** A server as far as lines go: set by number, the summary replaced. */
function effect(bodies: readonly FileStream[]) {
  const files = new Map<string, Map<number, string>>();
  const endings: unknown[] = [];
  for (const { files: chunks, ...rest } of bodies) {
    for (const [name, { offset, content }] of Object.entries(chunks ?? {})) {
      const lines = files.get(name) ?? new Map<number, string>();
      files.set(name, lines);
      if (name === "wandb-summary.json") lines.clear();
      for (const [index, line] of content.entries()) lines.set(offset + index, line);
    }
    if (Object.keys(rest).length > 0) endings.push(rest);
  }
  return { files, endings: endings.filter((ending) => JSON.stringify(ending) !== "{}") };
}

const chunk = fc.record({
  offset: fc.nat({ max: 4 }),
  content: fc.array(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 3 }),
});
const body = fc.record(
  {
    files: fc.dictionary(fc.constantFrom(...NAMES), chunk),
    complete: fc.constant(true),
    preempting: fc.constant(true),
  },
  { requiredKeys: [] },
);
const place = { kind: "stream", entity: "me", project: "p" } as const;

function entries(bodies: readonly FileStream[], run = "a1"): StoredEntry[] {
  return bodies.map((one, index) => ({
    request: { ...place, run, body: one },
    end: 10 * (index + 1),
    lines: 1,
  }));
}

function bodiesOf(merged: readonly StoredEntry[]): FileStream[] {
  return merged.flatMap(({ request }) => (request.kind === "stream" ? [request.body] : []));
}

describe("stored requests that are sent as one", () => {
  it.prop([fc.array(body, { maxLength: 8 })])("have the effect of all of them", (bodies) => {
    const merged = mergeEntries(entries(bodies));
    expect(effect(bodiesOf(merged))).toEqual(effect(bodies));
    expect(merged.reduce((sum, { lines }) => sum + lines, 0)).toBe(bodies.length);
    expect(merged.at(-1)?.end).toBe(bodies.length > 0 ? 10 * bodies.length : undefined);
  });

  test("an hour of lines is one request, with the last summary", () => {
    const hour = Array.from({ length: 3600 }, (_, second) => ({
      files: {
        "wandb-history.jsonl": { offset: second, content: [`{"_step":${second}}`] },
        "wandb-summary.json": { offset: 0, content: [`{"_step":${second}}`] },
      },
    }));
    const [one, ...more] = bodiesOf(mergeEntries(entries(hour)));
    expect(more).toEqual([]);
    expect(one?.files?.["wandb-history.jsonl"]?.content).toHaveLength(3600);
    expect(one?.files?.["wandb-summary.json"]?.content).toEqual(['{"_step":3599}']);
  });

  test("never belong to two runs", () => {
    const heartbeat = [{}];
    expect(mergeEntries([...entries(heartbeat, "a1"), ...entries(heartbeat, "b2")])).toHaveLength(2);
  });
});
