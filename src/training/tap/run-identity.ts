/** Where a run lives on W&B. As long as no server has said it, its account is a placeholder that is put right later. */
import * as z from "zod";

export interface RunAddress {
  readonly entity: string;
  readonly project: string;
}

/** What the SDK is told when nobody knows the account of the key; it then stands in all of its requests. */
export const UNKNOWN_ENTITY = "entity-not-known-yet";

export interface RunIdentity {
  readonly runId: string;
  /** As a server answered it; null before. */
  address(): RunAddress | null;
  /** Takes it from the answer to an UpsertBucket. */
  learn(answer: unknown): void;
  /** The account to send instead of the one that the SDK believes in; null = that of the key. */
  entityFor(believed: unknown): string | null;
  /** Where the run's lines go; null while nobody knows. */
  streamPath(believed: RunAddress): string | null;
}

const Upserted = z.object({
  data: z.object({
    upsertBucket: z.object({
      bucket: z.object({
        project: z.object({ name: z.string(), entity: z.object({ name: z.string() }) }),
      }),
    }),
  }),
});

export function runIdentity(runId: string): RunIdentity {
  let known: RunAddress | null = null;
  const entityFor = (believed: unknown): string | null => {
    if (typeof believed !== "string" || believed === "") return null;
    return believed === UNKNOWN_ENTITY ? (known?.entity ?? null) : believed;
  };
  return {
    runId,
    address: () => known,
    learn: (answer) => {
      const project = Upserted.safeParse(answer).data?.data.upsertBucket.bucket.project;
      if (project) known = { entity: project.entity.name, project: project.name };
    },
    entityFor,
    streamPath: (believed) => {
      const entity = known?.entity ?? entityFor(believed.entity);
      if (entity === null) return null;
      const parts = [entity, known?.project ?? believed.project, runId].map(encodeURIComponent);
      return `/files/${parts.join("/")}/file_stream`;
    },
  };
}
