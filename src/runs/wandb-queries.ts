/** The GraphQL documents that we send. Names of operations are part of the contract with the server's doubles. */

/** Light nodes: what a listing and a cache key need. `name` is the run id. */
export const RUNS_QUERY = `query Runs($entity: String, $project: String, $filters: JSONString, $order: String, $first: Int, $after: String) {
  project(name: $project, entityName: $entity) {
    runCount(filters: $filters)
    runs(filters: $filters, order: $order, first: $first, after: $after) {
      edges { node { name displayName state tags group createdAt heartbeatAt historyLineCount historyKeys } }
      pageInfo { endCursor hasNextPage }
    }
  }
}`;

export const VIEWER_QUERY = "query Viewer { viewer { entity } }";

/** Several runs times several specs in one request: the main lever on speed (wandb facts 3.2). */
export const HISTORY_QUERY = historyQuery({
  variables: ", $summaryKeys: [String!], $configKeys: [String!]",
  summary: "(keys: $summaryKeys)",
  config: "(keys: $configKeys)",
});

/** For old self-hosted servers, which know no `keys` arguments. */
export const PLAIN_HISTORY_QUERY = historyQuery({ variables: "", summary: "", config: "" });

function historyQuery({
  variables,
  summary,
  config,
}: {
  variables: string;
  summary: string;
  config: string;
}): string {
  return `query AutoloopHistory($entity: String, $project: String, $filters: JSONString, $order: String, $first: Int, $after: String, $specs: [JSONString!]!${variables}) {
  project(name: $project, entityName: $entity) {
    runs(filters: $filters, order: $order, first: $first, after: $after) {
      edges { cursor node {
        id name displayName state group jobType tags createdAt heartbeatAt historyLineCount
        summaryMetrics${summary} config${config} sampledHistory(specs: $specs)
      } }
      pageInfo { endCursor hasNextPage }
    }
  }
}`;
}

/** All rows of a window of steps; `maxStep` is exclusive here. */
export const PAGE_QUERY = `query HistoryPage($entity: String, $project: String, $run: String!, $minStep: Int64, $maxStep: Int64, $pageSize: Int) {
  project(name: $project, entityName: $entity) {
    run(name: $run) { config history(minStep: $minStep, maxStep: $maxStep, samples: $pageSize) }
  }
}`;

/** Some keys of one run that is still going on. */
export const LIVE_QUERY = `query RunSampledHistory($entity: String, $project: String, $run: String!, $specs: [JSONString!]!) {
  project(name: $project, entityName: $entity) {
    run(name: $run) { sampledHistory(specs: $specs) }
  }
}`;
