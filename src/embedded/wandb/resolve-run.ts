import * as z from "zod";
import type { FieldArguments, Node } from "../graphql/execute.ts";
import type { Backend } from "./backend.ts";
import { historyKeys, tableOf } from "./history.ts";
import { parseNumbers, parseObject, spellNumbers, writeNumbers } from "./number-json.ts";
import { filesNode } from "./resolve-files.ts";
import { userNode } from "./resolve-people.ts";
import { type StoredRun, sdkConfig, stateAt, storageId } from "./run.ts";
import { historyLines, sampledHistory } from "./sampling.ts";

/** The project around a run. */
export interface RunHome {
  readonly number: number;
  readonly node: () => Node;
}

/** A run's fields in GraphQL. Documents (config, summary, lines) are strings; rows of sampledHistory are plain JSON. */
export function runNode(run: StoredRun, home: RunHome, backend: Backend): Node {
  return {
    typename: "Run",
    fields: {
      ...plainFields(run),
      ...stateFields(run, home, backend),
      ...textFields(run, backend),
      ...dataFields(run, backend),
    },
  };
}

function plainFields(run: StoredRun): Node["fields"] {
  return {
    id: () => storageId(run),
    name: () => run.name,
    displayName: () => run.displayName,
    description: () => run.description,
    notes: () => run.notes,
    group: () => run.group,
    jobType: () => run.jobType,
    sweepName: () => run.sweepName,
    commit: () => run.commit,
    host: () => run.host,
    readOnly: () => false,
    tags: () => run.tags,
    exitcode: () => run.exitCode,
    stopped: () => run.stopRequested,
    shouldStop: () => run.stopRequested,
    createdAt: () => new Date(run.createdAt).toISOString(),
    heartbeatAt: () => new Date(run.heartbeatAt).toISOString(),
    updatedAt: () => new Date(run.heartbeatAt).toISOString(),
    computeSeconds: () => (run.heartbeatAt - run.createdAt) / 1000,
  };
}

function stateFields(run: StoredRun, home: RunHome, backend: Backend): Node["fields"] {
  const state = () => stateAt(run, backend.now());
  return {
    state,
    running: () => state() === "running",
    failed: () => ["failed", "crashed"].includes(state()),
    user: () => userNode(backend),
    projectId: () => String(home.number),
    project: home.node,
  };
}

function textFields(run: StoredRun, backend: Backend): Node["fields"] {
  return {
    config: (args) => projected(run.config, args),
    summaryMetrics: (args) => encoded(projected(run.summary, args), backend),
    systemMetrics: () => writeNumbers(parseObject(run.events.at(-1) ?? "{}")),
    wandbConfig: (args) => projected(writeNumbers(sdkConfig(run)), args),
    historyTail: () => JSON.stringify(tableOf(run.history).lines.slice(-1)),
    eventsTail: () => JSON.stringify(run.events.slice(-1)),
  };
}

const Keys = z.looseObject({ keys: z.array(z.string()).nullish() });

/** The document with only these top-level keys; untouched when none are given. */
function projected(text: string, args: FieldArguments): string {
  const { keys } = Keys.parse(args);
  if (!keys) return text;
  const entries = Object.entries(parseObject(text)).filter(([key]) => keys.includes(key));
  return writeNumbers(Object.fromEntries(entries));
}

function encoded(text: string, { nonFinite }: Backend): string {
  return nonFinite === "tokens" ? text : JSON.stringify(spellNumbers(parseNumbers(text)));
}

const Specs = z.looseObject({ specs: z.array(z.string()) });
const Window = z.looseObject({
  minStep: z.number().nullish(),
  maxStep: z.number().nullish(),
  samples: z.int().nullish(),
});
const LiveKeys = z.looseObject({ liveKeys: z.array(z.string()) });

function dataFields(run: StoredRun, backend: Backend): Node["fields"] {
  return {
    historyLineCount: () => run.history.length,
    eventsLineCount: () => run.events.length,
    logLineCount: () => run.log.length,
    historyKeys: () => ({ json: historyKeys(run.history) }),
    history: (args) =>
      historyLines(run.history, Window.parse(args), backend.random).map((line) => encoded(line, backend)),
    events: (args) => historyLines(run.events, Window.parse(args), backend.random),
    sampledHistory: (args) => ({
      jsonText: listsText(
        Specs.parse(args).specs.map((spec) => sampledHistory(run.history, spec, backend.random)),
      ),
    }),
    parquetHistory: (args) => parquetNode(run, LiveKeys.parse(args).liveKeys),
    fileCount: () => Object.keys(run.files).length,
    files: (args) => filesNode(run, args, backend),
  };
}

function listsText(lists: readonly (readonly string[])[]): string {
  return `[${lists.map((rows) => `[${rows.join(",")}]`).join(",")}]`;
}

/** Nothing is ever exported: every row is still "live". */
function parquetNode(run: StoredRun, liveKeys: readonly string[]): Node {
  const { steps, columns } = tableOf(run.history);
  const rows = steps.map((_step, row) =>
    Object.fromEntries(liveKeys.map((key) => [key, columns.get(key)?.values[row]])),
  );
  return { typename: "ParquetHistory", fields: { parquetUrls: () => [], liveData: () => ({ json: rows }) } };
}
