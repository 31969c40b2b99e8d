import * as z from "zod";
import type { FieldArguments, Node } from "../graphql/execute.ts";
import type { Backend } from "./backend.ts";
import { historyKeys } from "./history.ts";
import { filterRuns, listRuns, type Viewpoint } from "./listing.ts";
import { entityNode, pageInfoNode } from "./resolve-people.ts";
import { type RunHome, runNode } from "./resolve-run.ts";
import type { Project } from "./store.ts";

const RunsQuery = z.looseObject({
  filters: z.string().nullish(),
  order: z.string().nullish(),
  first: z.int().nonnegative().nullish(),
  after: z.string().nullish(),
});
const Named = z.looseObject({ name: z.string() });

export function projectNode(project: Project, backend: Backend): Node {
  const home = homeIn(project, backend);
  const run = (args: FieldArguments) => {
    const found = backend.store.run({
      entity: project.entity,
      project: project.name,
      name: Named.parse(args).name,
    });
    return found ? runNode(found, home, backend) : null;
  };
  const runs = (args: FieldArguments) => runsNode(project, RunsQuery.parse(args), backend);
  return {
    typename: "Project",
    fields: {
      id: () => Buffer.from(`Project:${project.number}`).toString("base64"),
      internalId: () => String(project.number),
      name: () => project.name,
      entityName: () => project.entity,
      entity: () => entityNode(project.entity),
      createdAt: () => new Date(project.createdAt).toISOString(),
      readOnly: () => false,
      runCount: (args) =>
        filterRuns(backend.store.runs(project), RunsQuery.parse(args).filters, viewpoint(backend)).length,
      run,
      bucket: run,
      runs,
      buckets: runs,
    },
  };
}

export function homeIn(project: Project, backend: Backend): RunHome {
  return { number: project.number, node: () => projectNode(project, backend) };
}

function runsNode(project: Project, query: z.infer<typeof RunsQuery>, backend: Backend): Node {
  const page = listRuns(backend.store.runs(project), query, viewpoint(backend));
  const home = homeIn(project, backend);
  return {
    typename: "RunConnection",
    fields: {
      edges: () =>
        page.items.map(({ item, cursor }) => ({
          typename: "RunEdge",
          fields: { cursor: () => cursor, node: () => runNode(item, home, backend) },
        })),
      pageInfo: () => pageInfoNode(page),
      totalCount: () => page.total,
      historyKeys: () => ({
        json: Object.assign({}, ...page.items.map(({ item }) => historyKeys(item.history)?.["keys"])),
      }),
    },
  };
}

function viewpoint(backend: Backend): Viewpoint {
  return { now: backend.now(), username: backend.entity };
}
