import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Hub } from "../hub.ts";
import type { StepRun, WorkflowJobRun, WorkflowRun } from "../state.ts";
import { type ArtifactResult, downloadArtifacts, uploadArtifact } from "./artifacts.ts";
import { type CommandFiles, createCommandFiles, readCommandFile, readSummary } from "./command-files.ts";
import type { StepDefinition } from "./definition.ts";
import { type Machine, stepEnvironment } from "./environment.ts";
import { type ExpressionScope, interpolateText } from "./expressions.ts";
import type { JobLog } from "./job-log.ts";
import { type NodeProcess, startNode } from "./node-process.ts";
import { githubGrace, type RunnerSettings } from "./settings.ts";

/** One step with everything around it. */
export interface StepOrder {
  readonly definition: StepDefinition;
  readonly step: StepRun;
  readonly run: WorkflowRun;
  readonly job: WorkflowJobRun;
  readonly machine: Machine;
  readonly log: JobLog;
  readonly eventPath: string;
  /** Where the run's artifacts are kept. */
  readonly store: string;
  readonly scope: ExpressionScope;
  /** What steps wrote to GITHUB_ENV and GITHUB_PATH; later steps see it. */
  readonly exported: Record<string, string>;
  readonly path: string[];
  /** Told of the process as soon as there is one, so that it can be cancelled. */
  readonly onStart: (started: NodeProcess) => void;
}

export type StepConclusion = "success" | "failure";

export async function runStep(hub: Hub, settings: RunnerSettings, order: StepOrder): Promise<StepConclusion> {
  const { definition, scope, log } = order;
  const given = readTexts(definition.with, scope);
  log.line(`##[group]Run ${definition.uses}`);
  if (definition.uses === "action") return runAction(hub, settings, order, given);
  const result = await moveArtifacts(order, given);
  if (result.level === "notice") log.line(result.message);
  else log.annotate({ level: result.level, message: result.message });
  return result.ok ? "success" : "failure";
}

function readTexts(texts: Readonly<Record<string, string>>, scope: ExpressionScope): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, interpolateText(text, scope)]),
  );
}

function moveArtifacts(order: StepOrder, given: Readonly<Record<string, string>>): Promise<ArtifactResult> {
  const at = { store: order.store, workspace: order.machine.workspace, path: given["path"] ?? "." };
  if (order.definition.uses === "actions/upload-artifact") {
    return uploadArtifact({ ...at, name: given["name"] ?? "artifact" });
  }
  const merge = given["merge-multiple"] === "true";
  return downloadArtifacts({ ...at, pattern: given["pattern"] ?? "*", merge });
}

async function runAction(
  hub: Hub,
  settings: RunnerSettings,
  order: StepOrder,
  given: Readonly<Record<string, string>>,
): Promise<StepConclusion> {
  const { machine, log, step } = order;
  const files = await createCommandFiles(machine.temp);
  const inputs = { ...readTexts(settings.inputs ?? {}, order.scope), ...given };
  const started = startNode({
    node: settings.node ?? process.execPath,
    script: resolve(settings.distDir, "action.js"),
    cwd: machine.workspace,
    env: stepEnvironment(hub, { ...order, files, inputs }),
    trackingId: machine.trackingId,
    grace: settings.grace ?? githubGrace,
    log,
  });
  order.onStart(started);
  step.exit = await started.done;
  const heard = await hearStep(order, files);
  if (step.exit === 0) return heard;
  log.line(`##[error]The action ended with exit code ${step.exit ?? "none (a signal)"}`);
  return "failure";
}

/** Reads what the step left in its command files; a malformed one fails the step. */
async function hearStep(order: StepOrder, files: CommandFiles): Promise<StepConclusion> {
  try {
    Object.assign(order.job.outputs, await readCommandFile(files.output));
    Object.assign(order.exported, await readCommandFile(files.env));
    const added = (await readFile(files.path, "utf8")).split("\n").filter((line) => line !== "");
    order.path.unshift(...added.reverse());
    const summary = await readSummary(files.summary);
    if ("text" in summary) order.job.summary += summary.text;
    else order.log.annotate({ level: "error", message: summary.refused });
    return "success";
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    order.log.annotate({
      level: "error",
      message: `Unable to process file command successfully: ${message}`,
    });
    return "failure";
  }
}
