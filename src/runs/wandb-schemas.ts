import * as z from "zod";
import { isJsonObject } from "../json.ts";
import { type LoggedRows, loggedRows } from "../wire/wandb-rows.ts";

/** Shapes of W&B's answers: lenient, because the official schema is not public and grows (wandb facts 1 and 2). */

const Text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const Count = z
  .number()
  .nullish()
  .transform((value) => value ?? null);

const KeyCounts = z.looseObject({
  typeCounts: z
    .array(z.looseObject({ count: z.number().catch(0) }))
    .nullish()
    .catch(null),
});

/** null when nothing was logged. */
const HistoryKeys = z
  .looseObject({ lastStep: Count.catch(null), keys: z.record(z.string(), KeyCounts) })
  .nullish()
  .catch(null);

export const RunNode = z
  .looseObject({
    name: z.string(),
    displayName: Text,
    state: Text,
    tags: z.array(z.string()).nullish().catch(null),
    group: Text,
    createdAt: Text,
    heartbeatAt: Text,
    historyLineCount: Count,
    historyKeys: HistoryKeys,
  })
  .transform((node) => ({
    id: node.name,
    name: node.displayName,
    state: node.state,
    tags: node.tags ?? [],
    createdAt: node.createdAt,
    heartbeatAt: node.heartbeatAt,
    lineCount: node.historyLineCount,
    lastStep: node.historyKeys?.lastStep ?? null,
    /** How often each key was logged; null = the server does not tell. */
    keyCounts: node.historyKeys ? countsOf(node.historyKeys.keys) : null,
  }));

/** A run as the listing knows it. */
export type ListedRun = z.infer<typeof RunNode>;

function countsOf(keys: Readonly<Record<string, z.infer<typeof KeyCounts>>>): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(keys).map(([key, { typeCounts }]) => [
      key,
      (typeCounts ?? []).reduce((sum, { count }) => sum + count, 0),
    ]),
  );
}

function connection<Node extends z.ZodType>(node: Node) {
  return z.looseObject({
    edges: z.array(z.looseObject({ node })),
    pageInfo: z.looseObject({ endCursor: Text, hasNextPage: z.boolean() }),
  });
}

/** Nodes are parsed one by one, so that a strange run does not hide the others. */
export const RunsAnswer = z.looseObject({
  project: z.looseObject({ runCount: Count, runs: connection(z.unknown().optional()).nullish() }).nullish(),
});

export const ViewerAnswer = z.looseObject({ viewer: z.looseObject({ entity: Text }).nullish() });

/** Not looked into here: an answer has millions of values, and each is checked where it becomes a number. */
const Row = z.custom<Readonly<Record<string, unknown>>>(isJsonObject);

/** Most rows are read already, by `parseWandbAnswer`. No JSON has a function. */
const ReadRows = z.custom<LoggedRows>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    "pointsOf" in value &&
    typeof value.pointsOf === "function",
);

/** One list of rows per spec, in the order of the specs. */
const SampledHistory = z
  .array(
    z.union([
      ReadRows,
      z
        .array(Row)
        .nullish()
        .transform((rows) => loggedRows(rows ?? [])),
    ]),
  )
  .nullish()
  .transform((lists) => lists ?? []);

const HistoryNode = z.looseObject({
  name: z.string(),
  /** JSON as text. */
  config: Text,
  sampledHistory: SampledHistory,
});

export const HistoryAnswer = z.looseObject({
  project: z.looseObject({ runs: connection(HistoryNode).nullish() }).nullish(),
});

export const PageAnswer = z.looseObject({
  project: z
    .looseObject({
      run: z.looseObject({ config: Text, history: z.array(z.string().nullable()).nullish() }).nullish(),
    })
    .nullish(),
});

/** No run: its trainer has not said anything yet. */
export const LiveAnswer = z.looseObject({
  project: z.looseObject({ run: z.looseObject({ sampledHistory: SampledHistory }).nullish() }).nullish(),
});
