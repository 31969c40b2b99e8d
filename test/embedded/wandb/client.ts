import { expect } from "vitest";
import * as z from "zod";
import type { EmbeddedWandb } from "../../../src/embedded/wandb/server.ts";

/** A bare client of the embedded W&B: one GraphQL request, one upload. */

const Answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.looseObject({ message: z.string() })).optional(),
});

export interface Asking {
  readonly variables?: object;
  readonly key?: string;
}

export function post(
  wandb: EmbeddedWandb,
  query: string,
  { variables = {}, key }: Asking = {},
): Promise<Response> {
  const authorization = key === undefined ? {} : { Authorization: `Basic ${btoa(`api:${key}`)}` };
  return fetch(`${wandb.url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...authorization },
    body: JSON.stringify({ query, variables, operationName: "" }),
  });
}

export async function ask(wandb: EmbeddedWandb, query: string, variables: object = {}) {
  const response = await post(wandb, query, { variables });
  expect(response.status).toBe(200);
  return Answer.parse(await response.json());
}

/** The data of an answer without errors, as anything one may look into. */
export async function dataOf(wandb: EmbeddedWandb, query: string, variables: object = {}) {
  const { data, errors } = await ask(wandb, query, variables);
  expect(errors).toBeUndefined();
  return z.record(z.string(), z.unknown()).parse(data);
}

export function stream(wandb: EmbeddedWandb, path: string, body: object): Promise<Response> {
  return fetch(`${wandb.url}/files/${path}/file_stream`, { method: "POST", body: JSON.stringify(body) });
}
