import * as z from "zod";
import type { GraphqlService } from "../graphql/answer.ts";
import type { FieldArguments, Node } from "../graphql/execute.ts";
import type { Schema, TypeDefinition } from "../graphql/schema.ts";
import type { Backend } from "./backend.ts";
import { mutationNode } from "./resolve-mutations.ts";
import { entityNode, userNode } from "./resolve-people.ts";
import { projectNode } from "./resolve-project.ts";

export function graphqlService(schema: Schema, backend: Backend): GraphqlService {
  return { schema, query: queryNode(schema, backend), mutation: mutationNode(backend) };
}

const ProjectQuery = z.looseObject({ name: z.string().nullish(), entityName: z.string().nullish() });
const Named = z.looseObject({ name: z.string() });

function queryNode(schema: Schema, backend: Backend): Node {
  const project = (args: FieldArguments) => {
    const { name, entityName } = ProjectQuery.parse(args);
    const found = backend.store.project(entityName || backend.entity, name ?? "");
    return found ? projectNode(found, backend) : null;
  };
  return {
    typename: "Query",
    fields: {
      viewer: () => userNode(backend),
      serverInfo: () => serverInfoNode(),
      project,
      model: project,
      entity: (args) => entityNode(Named.parse(args).name),
      organization: () => null,
      __type: (args) => {
        const type = schema.get(Named.parse(args).name);
        return type ? typeNode(type) : null;
      },
    },
  };
}

/** The newest client there will ever be, and no optional feature. */
function serverInfoNode(): Node {
  return {
    typename: "ServerInfo",
    fields: {
      cliVersionInfo: () => ({ json: { max_cli_version: "9.9.9" } }),
      latestLocalVersionInfo: () => null,
      features: () => [],
    },
  };
}

/** Introspection as far as older SDKs probe with it: the names of fields. */
function typeNode(type: TypeDefinition): Node {
  const names = () =>
    [...type.fields].map(([name, field]) => ({
      typename: "__Field",
      fields: { name: () => name, args: () => [...field.args.keys()].map(nameNode) },
    }));
  return {
    typename: "__Type",
    fields: {
      name: () => type.name,
      kind: () => ({ scalar: "SCALAR", enum: "ENUM", type: "OBJECT", input: "INPUT_OBJECT" })[type.kind],
      fields: () => (type.kind === "type" ? names() : null),
      inputFields: () => (type.kind === "input" ? [...type.fields.keys()].map(nameNode) : null),
    },
  };
}

function nameNode(name: string): Node {
  return { typename: "__InputValue", fields: { name: () => name } };
}
