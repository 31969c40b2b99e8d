import * as z from "zod";
import { type RunAddress, StoredRun, storageId } from "./run.ts";

/** Everything the server remembers, as JSON. A project exists from its first run on. */
export const WandbState = z.strictObject({
  version: z.literal(1),
  runs: z.array(StoredRun).readonly(),
});

export type WandbState = Readonly<z.infer<typeof WandbState>>;

export interface Project {
  /** 1, 2, … in order of appearance. */
  readonly number: number;
  readonly entity: string;
  readonly name: string;
  readonly createdAt: number;
}

export interface Store {
  /** In order of creation. */
  runs(project?: { readonly entity: string; readonly name: string }): readonly StoredRun[];
  run(address: RunAddress): StoredRun | undefined;
  runOfStorageId(id: string): StoredRun | undefined;
  project(entity: string, name: string): Project | undefined;
  put(run: StoredRun): void;
  snapshot(): WandbState;
  /** Replaces everything. Throws a ZodError when `state` is not one of ours. */
  restore(state: unknown): void;
}

export function createStore(): Store {
  const runs = new Map<string, StoredRun>();

  const projects = (): readonly Project[] => {
    const found = new Map<string, Project>();
    for (const { entity, project: name, createdAt } of runs.values()) {
      const key = `${entity}/${name}`;
      if (!found.has(key)) found.set(key, { number: found.size + 1, entity, name, createdAt });
    }
    return [...found.values()];
  };

  return {
    runs: (project) =>
      [...runs.values()].filter(
        (run) => !project || (run.entity === project.entity && run.project === project.name),
      ),
    run: (address) => runs.get(storageId(address)),
    runOfStorageId: (id) => runs.get(id),
    project: (entity, name) =>
      projects().find((project) => project.entity === entity && project.name === name),
    put: (run) => {
      runs.set(storageId(run), run);
    },
    snapshot: () => ({ version: 1, runs: [...runs.values()] }),
    restore: (state) => {
      const parsed = WandbState.parse(state);
      runs.clear();
      for (const run of parsed.runs) runs.set(storageId(run), run);
    },
  };
}
