import type { Node } from "../graphql/execute.ts";
import type { Backend } from "./backend.ts";

export function pageInfoNode(page: { endCursor: string | null; hasNextPage: boolean }): Node {
  return {
    typename: "PageInfo",
    fields: { endCursor: () => page.endCursor, hasNextPage: () => page.hasNextPage },
  };
}

/** An entity without an organisation: the SDK's organisation query then gets null, as for a personal account. */
export function entityNode(name: string): Node {
  return {
    typename: "Entity",
    fields: {
      id: () => Buffer.from(`Entity:${name}`).toString("base64"),
      name: () => name,
      organization: () => null,
    },
  };
}

export function userNode({ entity }: Backend): Node {
  return {
    typename: "User",
    fields: {
      id: () => Buffer.from(`User:${entity}`).toString("base64"),
      entity: () => entity,
      username: () => entity,
      name: () => entity,
      email: () => `${entity}@example.org`,
      admin: () => false,
      flags: () => "{}",
      deletedAt: () => null,
      teams: () => ({
        typename: "EntityConnection",
        fields: { edges: () => [{ typename: "EntityEdge", fields: { node: () => entityNode(entity) } }] },
      }),
      apiKeys: () => ({ typename: "ApiKeyConnection", fields: { edges: () => [] } }),
    },
  };
}
