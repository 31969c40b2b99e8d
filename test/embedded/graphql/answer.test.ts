import { describe, expect, it } from "vitest";
import { answerGraphql, type GraphqlRequest } from "../../../src/embedded/graphql/answer.ts";
import type { Node } from "../../../src/embedded/graphql/execute.ts";
import { parseDocument } from "../../../src/embedded/graphql/parse.ts";
import { parseSchema } from "../../../src/embedded/graphql/schema.ts";

const schema = parseSchema(`
  scalar JSON
  type Query { shelf(name: String!): Shelf, echo(of: [Pair!], first: Int): JSON, broken: String }
  type Shelf { name: String!, books: [Book!]! }
  type Book { title: String!, pages(unit: String): Int }
  type Mutation { burn: String }
  input Pair { key: String!, value: String }
`);

const book = (title: string, pages: number): Node => ({
  typename: "Book",
  fields: { title: () => title, pages: ({ unit }) => (unit === "sheets" ? pages / 2 : pages) },
});

const query: Node = {
  typename: "Query",
  fields: {
    shelf: ({ name }) =>
      name === "empty"
        ? null
        : {
            typename: "Shelf",
            fields: { name: () => String(name), books: () => [book("Iliad", 700), book("Odyssey", 500)] },
          },
    echo: (args) => ({ json: args }),
    broken: () => {
      throw new Error("out of order");
    },
  },
};
const service = { schema, query, mutation: { typename: "Mutation", fields: { burn: () => "no" } } };

function ask(text: string, more: Partial<GraphqlRequest> = {}) {
  return answerGraphql(service, { query: text, variables: {}, operationName: "", ...more });
}

function messages(text: string, more: Partial<GraphqlRequest> = {}): readonly string[] {
  return (ask(text, more).body.errors ?? []).map(({ message }) => message);
}

describe("answerGraphql", () => {
  it("answers exactly the selected fields, under their aliases", () => {
    const { body } = ask(
      `#graphql
       query Books($shelf: String!) { it: shelf(name: $shelf) { books { title, p: pages half: pages(unit: "sheets") } } }`,
      { variables: { shelf: "epics" } },
    );
    expect(body).toEqual({
      data: {
        it: {
          books: [
            { title: "Iliad", p: 700, half: 350 },
            { title: "Odyssey", p: 500, half: 250 },
          ],
        },
      },
    });
  });

  it("merges fragments, inline fragments and repeated fields", () => {
    const { body } = ask(`
      { shelf(name: "a") { ...Named ... on Shelf { books { title } } books { pages } __typename } }
      fragment Named on Shelf { name }
    `);
    expect(body.data).toEqual({
      shelf: {
        name: "a",
        books: [
          { title: "Iliad", pages: 700 },
          { title: "Odyssey", pages: 500 },
        ],
        __typename: "Shelf",
      },
    });
  });

  it("obeys @include and @skip", () => {
    const text = `query Q($on: Boolean!) { shelf(name: "a") { name @include(if: $on) books @skip(if: $on) { title } } }`;
    expect(ask(text, { variables: { on: true } }).body.data).toEqual({ shelf: { name: "a" } });
    expect(Object.keys(Object(ask(text, { variables: { on: false } }).body.data?.["shelf"]))).toEqual([
      "books",
    ]);
  });

  it("hands over literals, lists, objects, variables and their defaults", () => {
    const { body } = ask(
      `query Q($v: String, $n: Int = 50) { echo(of: [{key: "a\\n", value: $v}, {key: "b", value: null}], first: $n) }`,
      { variables: { v: "x" } },
    );
    expect(body.data).toEqual({
      echo: {
        of: [
          { key: "a\n", value: "x" },
          { key: "b", value: null },
        ],
        first: 50,
      },
    });
  });

  it("answers null for what is missing, and an error with its path for what breaks", () => {
    expect(ask(`{ shelf(name: "empty") { name } broken }`).body).toEqual({
      data: { shelf: null, broken: null },
      errors: [{ message: "out of order", path: ["broken"] }],
    });
  });

  it("picks an operation by name among several", () => {
    const text = `query A { a: echo } query B { b: echo } mutation C { burn }`;
    expect(ask(text, { operationName: "B" }).body.data).toEqual({ b: {} });
    expect(ask(text, { operationName: "C" }).body.data).toEqual({ burn: "no" });
    expect(messages(text)).toEqual(["Must provide operation name if query contains multiple operations."]);
  });

  it.each([
    [`{ shelf(name: "empty") { titel } }`, `Cannot query field "titel" on type "Shelf".`],
    [`{ echo(last: 1) }`, `Unknown argument "last" on field "echo" of type "Query".`],
    [`{ shelf { name } }`, `Argument "name" of type "String!" is required on field "shelf" of type "Query".`],
    [`{ shelf(name: "a") }`, `Field "shelf" of type "Shelf" must have a selection of subfields.`],
    [`{ echo { x } }`, `Field "echo" must not have a selection since type "JSON" has no subfields.`],
    [`{ shelf(name: $n) { name } }`, `Variable "$n" is not defined.`],
    [`{ shelf(name: "a") { ...Gone } }`, `Unknown fragment "Gone".`],
    [`{ echo(of: [{value: "v"}]) }`, `Argument "key" of type "String!" is required on input "Pair".`],
    [
      `query Q($n: String) { shelf(name: $n) { name } }`,
      `Variable "$n" of type "String" used in position expecting type "String!".`,
    ],
    [
      `{ shelf(name: "a") { ...F } } fragment F on Shelf { ...F }`,
      `Cannot spread fragment "F" within itself.`,
    ],
    [`{ echo`, `Syntax Error: Expected Name, found "<EOF>".`],
    [`{ echo } }`, `Syntax Error: Expected Name, found "}".`],
    ["", "Syntax Error: Unexpected <EOF>."],
    ["{ echo(first: ^) }", `Syntax Error: Unexpected character "^" at offset 14.`],
  ])("refuses %s", (text, message) => {
    const answer = ask(text);
    expect(answer).toMatchObject({ refused: true, body: { data: null } });
    expect(messages(text)).toEqual([message]);
  });

  it("refuses variables that are missing or of the wrong type", () => {
    const text = `query Q($n: String!, $f: Int) { shelf(name: $n) { name } echo(first: $f) }`;
    expect(messages(text)).toEqual([`Variable "$n" of required type "String!" was not provided.`]);
    expect(messages(text, { variables: { n: "a", f: "9" } })).toEqual([
      `Variable "$f" got invalid value; Expected type Int.`,
    ]);
  });
});

describe("parseDocument", () => {
  it("does not take a string for a mark or a keyword", () => {
    const [operation] = parseDocument(`{ echo(of: "}") alias: fragment on }`).operations;
    expect(operation?.selection.map((node) => node.kind === "field" && [node.key, node.name])).toEqual([
      ["echo", "echo"],
      ["alias", "fragment"],
      ["on", "on"],
    ]);
  });
});
