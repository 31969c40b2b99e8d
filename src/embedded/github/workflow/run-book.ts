import { type Hub, stamp, takeId } from "../hub.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Conclusion, WorkflowJobRun, WorkflowRun } from "../state.ts";
import type { JobDefinition } from "./definition.ts";

/** Writes one more job into the run, with its steps still to come. */
export function newJob(
  hub: Hub,
  run: WorkflowRun,
  about: Pick<WorkflowJobRun, "key" | "name" | "index" | "total" | "matrix" | "labels"> &
    Pick<JobDefinition, "steps">,
): WorkflowJobRun {
  const { steps, ...identity } = about;
  const job: WorkflowJobRun = {
    ...identity,
    id: takeId(hub),
    createdAt: stamp(hub),
    status: "queued",
    conclusion: null,
    runner: null,
    startedAt: null,
    completedAt: null,
    steps: steps.map((step) => ({
      name: `Run ${step.uses}`,
      status: "queued",
      conclusion: null,
      startedAt: null,
      completedAt: null,
      exit: null,
    })),
    logFile: null,
    summary: "",
    outputs: {},
    annotations: [],
  };
  run.jobs.push(job);
  return job;
}

/** Every combination of the matrix' lists; a job without matrix is one combination of nothing. */
export function expandMatrix(
  matrix: JobDefinition["matrix"],
  read: (text: string) => Json,
): Readonly<Record<string, Json>>[] {
  let combinations: Record<string, Json>[] = [{}];
  for (const [name, text] of Object.entries(matrix ?? {})) {
    const values = read(text);
    if (!Array.isArray(values) || values.length === 0)
      throw new Error(`matrix.${name} is not a list with entries`);
    if (values.length > 256) throw new Error(`matrix.${name} has ${values.length} entries; 256 are the most`);
    combinations = combinations.flatMap((one) => values.map((value: Json) => ({ ...one, [name]: value })));
  }
  return combinations;
}

/** What `needs.*` shows: the worst result and all outputs of each job that it names. */
export function needsContext(run: WorkflowRun, definition: JobDefinition): JsonObject {
  const needs: Record<string, Json> = {};
  for (const name of definition.needs ?? []) {
    const jobs = run.jobs.filter((job) => job.key === name);
    needs[name] = { result: worstOf(jobs), outputs: Object.assign({}, ...jobs.map((job) => job.outputs)) };
  }
  return needs;
}

export function conclusionOf(run: WorkflowRun): Conclusion {
  if (run.cancelRequested) return "cancelled";
  return worstOf(run.jobs);
}

function worstOf(jobs: readonly WorkflowJobRun[]): Conclusion {
  const has = (conclusion: Conclusion): boolean => jobs.some((job) => job.conclusion === conclusion);
  if (has("failure")) return "failure";
  if (has("cancelled")) return "cancelled";
  return has("success") ? "success" : "skipped";
}
