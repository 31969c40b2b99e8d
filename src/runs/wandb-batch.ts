import type { JsonObject } from "../json.ts";
import { type LoggedRows, loggedRows } from "../wire/wandb-rows.ts";
import { type FetchedRun, readConfig } from "./fetched-run.ts";
import type { LoggedPoints } from "./join-steps.ts";
import { idFilter } from "./wandb-filter.ts";
import { projectIn, projectVariables, readData, type WandbProject } from "./wandb-project.ts";
import { HISTORY_QUERY, PLAIN_HISTORY_QUERY } from "./wandb-queries.ts";
import { HistoryAnswer, type ListedRun } from "./wandb-schemas.ts";
import { encodeSpec, isExact, planSpecs, type Spec } from "./wandb-specs.ts";

/** A run whose history is proven for some specs, and what has to be asked again. */
export interface PartlyFetched {
  readonly run: ListedRun;
  readonly fetched: FetchedRun;
  readonly open: readonly Spec[];
  /** The specs cannot prove it: read whole rows instead. */
  readonly byPages: boolean;
}

interface BatchAnswer {
  readonly read: readonly PartlyFetched[];
  /** Runs that were asked for and are not in the answer. */
  readonly absent: readonly ListedRun[];
}

const MOST_SAMPLES = 2_000_000;

export type AskBatch = (question: {
  readonly runs: readonly ListedRun[];
  /** Default: planned from the runs' keys. */
  readonly specs?: readonly Spec[];
  readonly signal: AbortSignal;
}) => Promise<BatchAnswer | "too-much">;

/** Asks for the histories of several runs at once. Remembers when the server knows no `keys` arguments. */
export function batchAsker(target: WandbProject, wants: (key: string) => boolean): AskBatch {
  let plain = false;

  return async ({ runs, specs = planSpecs(runs, wants), signal }) => {
    const question = (old: boolean) => ({
      operation: "AutoloopHistory",
      query: old ? PLAIN_HISTORY_QUERY : HISTORY_QUERY,
      variables: {
        ...projectVariables(target),
        filters: JSON.stringify(idFilter(runs.map((run) => run.id))),
        order: "+created_at",
        first: runs.length,
        after: null,
        specs: specs.map(encodeSpec),
        ...(old ? {} : { summaryKeys: ["_step"], configKeys: null }),
      },
      patience: runs.length > 1 ? ("short" as const) : ("full" as const),
    });
    const askedPlain = plain;
    let reply = await target.http.ask(question(askedPlain), signal);
    if (reply.kind === "unknown-argument" && !askedPlain) {
      plain = true;
      reply = await target.http.ask(question(true), signal);
    }
    if (reply.kind === "too-much") return reply.kind;
    const project = projectIn(target, readData(HistoryAnswer, reply));
    const nodes = new Map((project.runs?.edges ?? []).map(({ node }) => [node.name, node]));
    return {
      read: runs.flatMap((run) => {
        const node = nodes.get(run.id);
        return node
          ? [prove(run, { specs, lists: node.sampledHistory, config: readConfig(node.config) })]
          : [];
      }),
      absent: runs.filter((run) => !nodes.has(run.id)),
    };
  };
}

interface Answered {
  readonly specs: readonly Spec[];
  readonly lists: readonly LoggedRows[];
  readonly config: JsonObject | null;
}

/** Keeps what is proven exact, and turns the rest into better questions. */
function prove(run: ListedRun, { specs, lists, config }: Answered): PartlyFetched {
  const open: Spec[] = [];
  const points: LoggedPoints[] = [];
  let notNumbers = 0;
  let byPages = run.keyCounts === null && run.lineCount !== 0;
  specs.forEach((spec, index) => {
    const rows = lists[index] ?? loggedRows([]);
    const proof = isExact({ spec, rows: rows.count, run });
    if (proof === "split") open.push(...spec.keys.map((key) => ({ keys: [key], samples: spec.samples })));
    else if (proof === "more-samples" && spec.samples < MOST_SAMPLES)
      open.push({ ...spec, samples: spec.samples * 4 });
    else if (proof !== "exact") byPages = true;
    else {
      const found = rows.pointsOf(spec.keys);
      points.push(...found.points);
      notNumbers += found.notNumbers;
    }
  });
  return { run, fetched: { id: run.id, config, points, notNumbers, missingRows: 0 }, open, byPages };
}
