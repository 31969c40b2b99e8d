/** What the SDK is told while W&B cannot be asked: the least with which it logs and finishes (wandb facts 11). */
import { type RunIdentity, UNKNOWN_ENTITY } from "./run-identity.ts";
import type { SlotBook } from "./upload-slots.ts";

export interface Unanswered {
  readonly operation: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly identity: RunIdentity;
  readonly slots: SlotBook;
  /** The run is asked to stop. */
  readonly stopped: boolean;
}

export function answerLocally(request: Unanswered): { data: unknown } | { errors: { message: string }[] } {
  switch (request.operation) {
    case "Viewer":
      return { data: { viewer: viewer() } };
    case "ServerFeaturesQuery":
      return { data: { serverInfo: { features: [] } } };
    case "OrganizationCoreWeaveOrganizationID":
      return { data: { entity: null } };
    case "UpsertBucket":
      return { data: { upsertBucket: { bucket: bucket(request), inserted: true } } };
    case "RunStoppedStatus":
      return { data: { project: { run: { stopped: request.stopped } } } };
    case "CreateRunFiles":
      return { data: { createRunFiles: runFiles(request) } };
    default:
      // 200 even so: a 5xx would make the SDK ask again for minutes.
      return {
        errors: [{ message: `W&B cannot be asked now: ${request.operation ?? "unnamed operation"}` }],
      };
  }
}

function viewer(): unknown {
  return {
    id: id("User", UNKNOWN_ENTITY),
    entity: UNKNOWN_ENTITY,
    username: UNKNOWN_ENTITY,
    email: "",
    flags: "{}",
    teams: { edges: [] },
  };
}

function bucket({ variables, identity }: Unanswered): unknown {
  const { entity, project } = place({ variables, identity });
  return {
    id: id("Run", "v1", identity.runId, project, entity),
    name: identity.runId,
    displayName: text(variables["displayName"]) ?? identity.runId,
    description: null,
    config: text(variables["config"]),
    sweepName: null,
    project: {
      id: id("Project", entity, project),
      name: project,
      entity: { id: id("Entity", entity), name: entity },
    },
    historyLineCount: 0,
  };
}

function runFiles({ variables, identity, slots }: Unanswered): unknown {
  const { entity, project } = place({ variables, identity });
  const files = Array.isArray(variables["files"]) ? variables["files"].filter((name) => text(name)) : [];
  return {
    runID: id("Run", "v1", identity.runId, project, entity),
    uploadHeaders: [],
    files: files.map((name) => ({ name, uploadUrl: slots.open({ file: String(name), url: null }) })),
  };
}

function place({ variables, identity }: Pick<Unanswered, "variables" | "identity">): {
  entity: string;
  project: string;
} {
  return (
    identity.address() ?? {
      entity: text(variables["entity"]) ?? UNKNOWN_ENTITY,
      project: text(variables["project"]) ?? "uncategorized",
    }
  );
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function id(...parts: readonly string[]): string {
  return Buffer.from(parts.join(":")).toString("base64");
}
