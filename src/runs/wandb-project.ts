import type { z } from "zod";
import { AutoloopError } from "../errors.ts";
import { noProject } from "./wandb-answer.ts";
import type { Reply, WandbHttp } from "./wandb-http.ts";
import { VIEWER_QUERY } from "./wandb-queries.ts";
import { ViewerAnswer } from "./wandb-schemas.ts";

/** One project on one server, to ask questions about. */
export interface WandbProject {
  readonly http: WandbHttp;
  readonly entity: string;
  readonly project: string;
}

export function projectVariables({ entity, project }: WandbProject): { entity: string; project: string } {
  return { entity, project };
}

/** Without an entity in the settings, the key's own: as the official client does. */
export async function findEntity(http: WandbHttp): Promise<string> {
  const reply = await http.ask({ operation: "Viewer", query: VIEWER_QUERY, variables: {} });
  const entity = readData(ViewerAnswer, reply).viewer?.entity;
  if (entity) return entity;
  throw new AutoloopError("runs.no-entity", {
    what: "The W&B key names no default entity.",
    next: "Set source.entity in the settings, or give --entity.",
  });
}

/** The data of a reply that cannot be asked differently. */
export function readData<Schema extends z.ZodType>(schema: Schema, reply: Reply): z.infer<Schema> {
  if (reply.kind !== "data") throw reply.error;
  const parsed = schema.safeParse(reply.data);
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new AutoloopError("runs.strange-answer", {
    what: `W&B's answer has another form than expected, at ${place || "its top"}.`,
    next: "If this is a self-hosted server, update it; otherwise report this.",
    cause: parsed.error,
  });
}

/** The project of an answer. @throws AutoloopError `runs.no-project` */
export function projectIn<Project>(
  { entity, project }: WandbProject,
  answer: { readonly project?: Project | null | undefined },
): Project {
  if (answer.project === null || answer.project === undefined) throw noProject(`${entity}/${project}`);
  return answer.project;
}
