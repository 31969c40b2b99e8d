import { fc, it } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { parseWandbAnswer } from "../../src/wire/wandb-answer-json.ts";
import { pointsOfRows } from "../../src/wire/wandb-rows.ts";

type Row = Readonly<Record<string, unknown>>;

const KEYS = ["train/loss", "train/lr", 'said "so"', "größe"];

/** As the server writes it: compact, with one list of rows per spec. */
function answer(nodes: readonly (readonly (readonly Row[])[])[]): Buffer {
  const edges = nodes.map((sampledHistory, index) => ({
    node: { name: `run${index}`, config: '{"a":"\\"sampledHistory\\":[1"}', sampledHistory },
  }));
  return Buffer.from(JSON.stringify({ data: { edges } }));
}

function listsIn(parsed: unknown): unknown[] {
  return Object(parsed).data.edges.flatMap(({ node }: { node: Row }) => node["sampledHistory"]);
}

/** What the rows say, whichever way they came. */
function pointsIn(list: unknown): unknown {
  return Array.isArray(list) ? pointsOfRows(list, KEYS) : Object(list).pointsOf(KEYS);
}

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom("NaN", "Infinity", "-Infinity"),
);
const plainRows = fc
  .record({ keys: fc.subarray(KEYS), values: fc.array(fc.array(number, { minLength: 4, maxLength: 4 })) })
  .map(({ keys, values }) =>
    values.map((row, step): Row => {
      const members = [["_step", step], ...keys.map((key, place) => [key, row[place]])];
      const first = step % members.length;
      return Object.fromEntries([...members.slice(first), ...members.slice(0, first)]);
    }),
  );
const oddValue = fc.oneof(number, fc.constantFrom(null, "text, with } and ,", true, [1, 2], { a: 1 }));
const oddRows = fc.array(fc.dictionary(fc.constantFrom("_step", ...KEYS), oddValue));

describe("parseWandbAnswer", () => {
  it.prop([fc.array(fc.array(fc.oneof(plainRows, oddRows)))])(
    "finds in the rows what JSON.parse finds, plain or not",
    (nodes) => {
      const bytes = answer(nodes);
      const read = parseWandbAnswer(bytes);
      expect(listsIn(read).map(pointsIn)).toEqual(listsIn(JSON.parse(bytes.toString())).map(pointsIn));
    },
  );

  it("makes no rows of plain lists, and leaves the rest of the answer as it is", () => {
    const rows = [
      { _step: 0, "train/loss": 0.1 },
      { "train/loss": "NaN", _step: 1 },
    ];
    const bytes = answer([[rows, []], [rows]]);
    const read = parseWandbAnswer(bytes);
    expect(listsIn(read)).toMatchObject([{ count: 2 }, { count: 0 }, { count: 2 }]);
    expect(Object(read).data.edges[1].node).toMatchObject({
      name: "run1",
      config: '{"a":"\\"sampledHistory\\":[1"}',
    });
  });

  it("reads an answer of any other kind as JSON", () => {
    for (const value of [
      { errors: ["no"] },
      [1],
      { sampledHistory: null },
      { a: { sampledHistory: [[{ _step: 0, _step2: 1 }], null] } },
      { sampledHistory: 0, b: { sampledHistory: "text" } },
    ])
      expect(parseWandbAnswer(Buffer.from(JSON.stringify(value)))).toEqual(value);
    const spaced = JSON.stringify({ sampledHistory: [[{ _step: 1 }]] }, null, 2);
    expect(parseWandbAnswer(Buffer.from(spaced))).toEqual({ sampledHistory: [[{ _step: 1 }]] });
  });

  it("throws wherever the answer breaks off", () => {
    const bytes = answer([
      [
        [
          { _step: 0, "train/loss": 0.25 },
          { "train/loss": -1e-7, _step: 1 },
        ],
      ],
    ]);
    for (let length = 0; length < bytes.length; length++)
      expect(() => parseWandbAnswer(bytes.subarray(0, length))).toThrow(SyntaxError);
  });
});
