import { execute, type FieldError, type Node } from "./execute.ts";
import { type Document, type Operation, parseDocument } from "./parse.ts";
import type { Schema } from "./schema.ts";
import { validate } from "./validate.ts";
import { checkVariables } from "./variables.ts";

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** "" and null mean: the only operation of the document. W&B's public client sends "". */
  readonly operationName: string | null;
}

export interface GraphqlService {
  readonly schema: Schema;
  readonly query: Node;
  readonly mutation: Node;
}

export interface GraphqlAnswer {
  /** Nothing was run: the document is not one this service knows. */
  readonly refused: boolean;
  readonly body: {
    readonly data: Readonly<Record<string, unknown>> | null;
    readonly errors?: readonly (FieldError | { readonly message: string })[];
  };
}

/** Parses, validates and runs one request. Never throws: whatever is wrong with it is part of the answer. */
export function answerGraphql(service: GraphqlService, request: GraphqlRequest): GraphqlAnswer {
  const document = parsed(request.query);
  if (typeof document === "string") return refusal([document]);
  const operation = pick(document, request.operationName);
  if (!operation) return refusal(["Must provide operation name if query contains multiple operations."]);
  const problems = validate(service.schema, document, operation);
  if (problems.length > 0) return refusal(problems);
  const misfits = checkVariables(service.schema, operation, request.variables);
  if (misfits.length > 0) return refusal(misfits);

  const root = operation.kind === "query" ? service.query : service.mutation;
  const { data, errors } = execute({ document, operation, variables: request.variables, root });
  const body = errors.length > 0 ? { data, errors } : { data };
  return { refused: false, body };
}

function parsed(query: string): Document | string {
  try {
    return parseDocument(query);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return thrown.message;
    throw thrown;
  }
}

function pick(document: Document, name: string | null): Operation | undefined {
  if (name) return document.operations.find((operation) => operation.name === name);
  return document.operations.length === 1 ? document.operations[0] : undefined;
}

function refusal(messages: readonly string[]): GraphqlAnswer {
  return { refused: true, body: { data: null, errors: messages.map((message) => ({ message })) } };
}
