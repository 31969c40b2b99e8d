import { canonicalKey } from "../judgement/metrics.ts";
import type { Run } from "../judgement/run.ts";
import { type Text, text } from "../judgement/texts.ts";
import type { FetchedRun } from "./fetched-run.ts";
import { joinKeys, type LoggedPoints, unreadKeys } from "./join-steps.ts";
import { keyFilter } from "./keys.ts";
import { repeatedSteps } from "./merge-segments.ts";
import { stateFromWandb } from "./run-state.ts";
import type { RunSelection, RunSource, RunsRead } from "./source.ts";
import { type RunCache, runCache, type TextStore } from "./wandb-cache.ts";
import { fetchHistories } from "./wandb-history.ts";
import { DEFAULT_BASE_URL, type WandbHttpOptions, wandbHttp } from "./wandb-http.ts";
import { listRuns } from "./wandb-list.ts";
import { findEntity, type WandbProject } from "./wandb-project.ts";
import type { ListedRun } from "./wandb-schemas.ts";

export interface WandbApiOptions extends WandbHttpOptions {
  /** Default: the entity of the key. */
  readonly entity?: string | undefined;
  readonly project: string;
  /** Keys to read besides the catalogue's, e.g. from `wandb_keys.json`. */
  readonly extraKeys?: readonly string[] | undefined;
  /** Where histories of finished runs are kept between reads. */
  readonly store?: TextStore | undefined;
}

/** Runs from the W&B cloud or a self-hosted server, with exact histories. */
export function wandbApi(options: WandbApiOptions): RunSource {
  const http = wandbHttp(options);
  const wants = keyFilter(options.extraKeys);
  const website = websiteOf(options.baseUrl ?? DEFAULT_BASE_URL);

  async function read(selection: RunSelection): Promise<RunsRead> {
    const target = { http, entity: options.entity ?? (await findEntity(http)), project: options.project };
    const listing = await listRuns(target, selection);
    const cache = options.store ? runCache({ target, store: options.store, wants }) : null;
    const fetched = await fetchMissing(target, { listed: listing.runs, wants, cache });
    const found = listing.runs.flatMap((run) => {
      const history = fetched.get(run.id);
      return history ? [{ run, history }] : [];
    });
    return {
      runs: found.map(({ run, history }) => toRun({ run, history, target, website, wants })),
      warnings: [
        ...listing.warnings,
        ...goneRuns(listing.runs, fetched),
        ...found.flatMap(({ run, history }) => historyWarnings(run, history)),
        ...emptyRuns(found),
        ...(cache?.troubles() ?? []).map((reason) => text("warning.cache-unusable", { reason })),
      ],
      source: `wandb ${target.entity}/${target.project}`,
    };
  }

  return { read };
}

interface FetchMissing {
  readonly listed: readonly ListedRun[];
  readonly wants: (key: string) => boolean;
  readonly cache: RunCache | null;
}

async function fetchMissing(target: WandbProject, { listed, wants, cache }: FetchMissing) {
  const known = new Map<string, FetchedRun>();
  if (cache) {
    const cached = await Promise.all(listed.map((run) => cache.find(run)));
    for (const entry of cached) if (entry) known.set(entry.id, entry);
  }
  const runs = listed.filter((run) => !known.has(run.id));
  const fetched = await fetchHistories(target, { runs, wants, ...(cache && { onFetched: cache.keep }) });
  return new Map([...known, ...fetched]);
}

interface Found {
  readonly run: ListedRun;
  readonly history: FetchedRun;
  readonly target: WandbProject;
  readonly website: string;
  readonly wants: (key: string) => boolean;
}

function toRun({ run, history, target, website, wants }: Found): Run {
  const unread = unreadOf(run, history, wants);
  const address = [target.entity, target.project, "runs", run.id].map(encodeURIComponent).join("/");
  return {
    id: run.id,
    label: run.name ?? run.id,
    name: run.name,
    url: `${website}/${address}`,
    state: stateFromWandb(run.state),
    rows: run.lineCount,
    steps: highestStep(history.points) ?? run.lastStep,
    config: history.config,
    data: { kind: "curves", series: joinKeys(history.points, canonicalKey) },
    ...(unread.length === 0 ? {} : { unread }),
  };
}

/** The server counts values of a wanted key, and none of them came. */
function unreadOf({ keyCounts }: ListedRun, { points }: FetchedRun, wants: (key: string) => boolean) {
  const counted = [...(keyCounts ?? [])].filter(([key, count]) => count > 0 && wants(key));
  return unreadKeys(
    counted.map(([key]) => key),
    points,
  );
}

function highestStep(points: readonly LoggedPoints[]): number | null {
  let highest: number | null = null;
  for (const { steps } of points)
    for (const step of steps) if (highest === null || step > highest) highest = step;
  return highest;
}

/** api.wandb.ai is the cloud's API; a self-hosted server has one address for both. */
function websiteOf(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, "").replace("://api.wandb.ai", "://wandb.ai");
}

function goneRuns(listed: readonly ListedRun[], fetched: ReadonlyMap<string, FetchedRun>): Text[] {
  const gone = listed.filter((run) => !fetched.has(run.id)).map((run) => run.id);
  return gone.length > 0 ? [text("warning.runs-missing", { runs: gone })] : [];
}

function historyWarnings(run: ListedRun, { points, notNumbers, missingRows }: FetchedRun): Text[] {
  const longest = points.reduce<readonly number[]>(
    (most, { steps }) => (steps.length > most.length ? steps : most),
    [],
  );
  return [
    ...repeatedSteps(run.id, longest),
    ...(notNumbers > 0 ? [text("warning.not-numbers", { where: run.id, count: notNumbers })] : []),
    ...(missingRows > 0
      ? [text("warning.history-incomplete", { run: run.id, missing: missingRows, counted: run.lineCount })]
      : []),
  ];
}

function emptyRuns(found: readonly { run: ListedRun; history: FetchedRun }[]): Text[] {
  const runs = found.filter(({ history }) => history.points.length === 0).map(({ run }) => run.id);
  return runs.length > 0 ? [text("warning.no-history", { runs })] : [];
}
