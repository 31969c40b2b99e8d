import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { messageOf } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { loggedNumber } from "../wire/wandb-numbers.ts";
import type { FetchedRun } from "./fetched-run.ts";
import type { WandbProject } from "./wandb-project.ts";
import type { ListedRun } from "./wandb-schemas.ts";

/** Where texts are kept between runs of the program. Names are plain file names. */
export interface TextStore {
  /** null = it is not there. */
  read(name: string): Promise<string | null>;
  write(name: string, text: string): Promise<void>;
}

export interface RunCache {
  find(run: ListedRun): Promise<FetchedRun | null>;
  keep(run: ListedRun, fetched: FetchedRun): Promise<void>;
  /** Why the store could not be used, once per reason. A run is then fetched as if there were no cache. */
  troubles(): readonly string[];
}

/** Checked as a whole, because an entry has tens of thousands of numbers. */
const Steps = z.custom<number[]>((value) => Array.isArray(value) && value.every(Number.isSafeInteger));
const Values = z
  .custom<unknown[]>(
    (value) => Array.isArray(value) && value.every((item) => loggedNumber(item) !== undefined),
  )
  .transform((items) => items.map((item) => loggedNumber(item) ?? Number.NaN));
const Entry = z.strictObject({
  schema: z.literal("autoloop/run-cache@1"),
  id: z.string(),
  config: z.custom<JsonObject>((value) => typeof value === "object").nullable(),
  notNumbers: z.int(),
  points: z.array(z.strictObject({ key: z.string(), steps: Steps, values: Values })),
});

/**
 * Histories of runs that do not change any more. The name of an entry says what it depends on: server, run, number of
 * rows, last heartbeat and the wanted keys; so a run that went on, or another key, is another entry.
 */
export function runCache({
  target,
  store,
  wants,
}: {
  target: WandbProject;
  store: TextStore;
  wants: (key: string) => boolean;
}): RunCache {
  const troubles = new Set<string>();

  async function attempt<Result>(what: string, action: () => Promise<Result>): Promise<Result | null> {
    try {
      return await action();
    } catch (error) {
      troubles.add(`${what}: ${messageOf(error)}`);
      return null;
    }
  }

  return {
    find: async (run) => {
      const name = entryName({ target, run, wants });
      const text = name && (await attempt("read", () => store.read(name)));
      return text ? readEntry(text, run.id) : null;
    },
    keep: async (run, fetched) => {
      const name = entryName({ target, run, wants });
      if (name && fetched.missingRows === 0)
        await attempt("write", () => store.write(name, writeEntry(fetched)));
    },
    troubles: () => [...troubles],
  };
}

/** null = it may still change, or cannot be told apart from its later self. */
function entryName({
  target,
  run,
  wants,
}: {
  target: WandbProject;
  run: ListedRun;
  wants: (key: string) => boolean;
}) {
  const isOver = run.state !== null && ["finished", "failed", "crashed", "killed"].includes(run.state);
  if (!isOver || run.heartbeatAt === null || run.lineCount === null || run.keyCounts === null) return null;
  const keys = [...run.keyCounts.keys()].filter(wants).sort();
  const identity = [
    target.http.url,
    target.entity,
    target.project,
    run.id,
    run.lineCount,
    run.heartbeatAt,
    keys,
  ];
  return `${createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 40)}.json`;
}

/** A damaged entry is no entry. */
function readEntry(text: string, id: string): FetchedRun | null {
  try {
    const parsed = Entry.safeParse(JSON.parse(text));
    if (!parsed.success || parsed.data.id !== id) return null;
    const { config, points, notNumbers } = parsed.data;
    return { id, config, points, notNumbers, missingRows: 0 };
  } catch {
    return null;
  }
}

function writeEntry({ id, config, points, notNumbers }: FetchedRun): string {
  const written = points.map(({ key, steps, values }) => ({
    key,
    steps,
    values: values.map((value) => (Number.isFinite(value) ? value : String(value))),
  }));
  return JSON.stringify({ schema: "autoloop/run-cache@1", id, config, notNumbers, points: written });
}

/** A folder of files, each replaced as a whole. */
export function folderStore(folder: string): TextStore {
  return {
    read: async (name) => {
      try {
        return await readFile(join(folder, name), "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
        throw error;
      }
    },
    write: async (name, text) => {
      await mkdir(folder, { recursive: true });
      const draft = join(folder, `.${name}.${randomUUID()}`);
      await writeFile(draft, text);
      await rename(draft, join(folder, name));
    },
  };
}
