import { randomBytes } from "node:crypto";
import * as z from "zod";
import type { FieldArguments, Node } from "../graphql/execute.ts";
import type { Backend } from "./backend.ts";
import { UpsertInput, upserted } from "./ingest.ts";
import { homeIn } from "./resolve-project.ts";
import { runNode } from "./resolve-run.ts";
import { storageId } from "./run.ts";

export function mutationNode(backend: Backend): Node {
  return {
    typename: "Mutation",
    fields: {
      upsertBucket: (args) => upsertBucket(args, backend),
      createRunFiles: (args) => createRunFiles(args, backend),
      stopRun: (args) => stopRun(args, backend),
    },
  };
}

/** By storage id the run must exist; by name it is made, in the viewer's own entity when none is given. */
function upsertBucket(args: FieldArguments, backend: Backend): Node {
  const input = UpsertInput.parse(args["input"]);
  const named = {
    entity: input.entityName || backend.entity,
    project: input.modelName || "uncategorized",
    name: input.name || randomBytes(4).toString("hex"),
  };
  const stored = input.id ? backend.store.runOfStorageId(input.id) : backend.store.run(named);
  if (input.id && !stored) throw new Error(`run not found: ${input.id}`);
  const run = upserted({ stored, address: stored ?? named, input, now: backend.now() });
  backend.write(run);
  const bucket = () => {
    const project = backend.store.project(run.entity, run.project);
    return project ? runNode(run, homeIn(project, backend), backend) : null;
  };
  return {
    typename: "UpsertBucketPayload",
    fields: { bucket, inserted: () => stored === undefined, serverSettings: serverSettingsNode },
  };
}

/** SDK 0.21 cannot sync an offline run to a server without it. */
function serverSettingsNode(): Node {
  return { typename: "ServerSettings", fields: { serverMessages: () => [] } };
}

const CreateRunFilesInput = z.looseObject({
  entityName: z.string(),
  projectName: z.string(),
  runName: z.string(),
  files: z.array(z.string()),
});

function createRunFiles(args: FieldArguments, backend: Backend): Node {
  const input = CreateRunFilesInput.parse(args["input"]);
  const run = backend.store.run({
    entity: input.entityName || backend.entity,
    project: input.projectName,
    name: input.runName,
  });
  if (!run) throw new Error(`run not found: ${input.runName}`);
  const base = [run.entity, run.project, run.name].map(encodeURIComponent).join("/");
  const uploadUrl = (file: string) =>
    `${backend.url()}/storage/${base}/${file.split("/").map(encodeURIComponent).join("/")}`;
  return {
    typename: "CreateRunFilesPayload",
    fields: {
      runID: () => storageId(run),
      uploadHeaders: () => [],
      files: () =>
        input.files.map((name) => ({
          typename: "UploadFile",
          fields: { name: () => name, uploadUrl: () => uploadUrl(name) },
        })),
    },
  };
}

/** The run hears of it with its next upload. */
function stopRun(args: FieldArguments, backend: Backend): Node {
  const { id } = z.looseObject({ id: z.string() }).parse(args["input"]);
  const run = backend.store.runOfStorageId(id);
  if (!run) throw new Error(`run not found: ${id}`);
  backend.write({ ...run, stopRequested: true });
  return {
    typename: "StopRunPayload",
    fields: { success: () => true, clientMutationId: () => null },
  };
}
