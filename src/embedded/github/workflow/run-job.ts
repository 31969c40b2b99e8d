import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Hub, stamp } from "../hub.ts";
import type { JsonObject } from "../json.ts";
import type { Conclusion, StepRun, WorkflowJobRun, WorkflowRun } from "../state.ts";
import { scopeOf } from "./contexts.ts";
import type { JobDefinition } from "./definition.ts";
import type { Machine } from "./environment.ts";
import { condition } from "./expressions.ts";
import { type JobLog, openJobLog } from "./job-log.ts";
import { type DisposableMachine, hostedMachine, selfHostedMachine } from "./machines.ts";
import type { NodeProcess } from "./node-process.ts";
import { killTracked } from "./orphans.ts";
import { runStep } from "./run-step.ts";
import type { RunnerSettings, SelfHostedRunner } from "./settings.ts";

export interface JobOrder {
  readonly run: WorkflowRun;
  readonly job: WorkflowJobRun;
  readonly definition: JobDefinition;
  readonly needs: JsonObject;
  /** Undefined = a machine of GitHub's. */
  readonly runner: SelfHostedRunner | undefined;
}

export interface Execution {
  readonly done: Promise<Conclusion>;
  cancel(): void;
  /** The machine is gone in the middle of the job: everything on it dies at once. */
  lose(): void;
}

/** Starts a job; the scheduler's only way to make something happen. */
export type JobStarter = (order: JobOrder) => Execution;

/** What was asked of a job from outside while it ran. */
interface Orders {
  cancelled: boolean;
  lost: boolean;
  current: NodeProcess | undefined;
  trackingId: string | undefined;
}

interface Workplace {
  readonly machine: Machine;
  readonly log: JobLog;
  readonly token: string;
  readonly eventPath: string;
}

/** Jobs as GitHub's runner works on them, below the folder `root`. */
export function createJobStarter(hub: Hub, settings: RunnerSettings, root: string): JobStarter {
  return (order) => {
    const orders: Orders = { cancelled: false, lost: false, current: undefined, trackingId: undefined };
    return {
      done: workOn(hub, settings, { root, order, orders }),
      cancel: () => {
        if (orders.cancelled || orders.lost) return;
        orders.cancelled = true;
        orders.current?.cancel();
      },
      lose: () => {
        orders.lost = true;
        if (orders.trackingId !== undefined) void killTracked(orders.trackingId);
      },
    };
  };
}

interface Work {
  readonly root: string;
  readonly order: JobOrder;
  readonly orders: Orders;
}

async function workOn(hub: Hub, settings: RunnerSettings, work: Work): Promise<Conclusion> {
  const { root, order, orders } = work;
  const machine = await prepareMachine(hub, settings, root, order);
  orders.trackingId = machine.trackingId;
  const workplace = await openWorkplace(hub, settings, work, machine);
  let failed = false;
  try {
    failed = await runSteps(hub, settings, work, workplace);
  } finally {
    for (const pid of await killTracked(machine.trackingId)) {
      workplace.log.line(`Terminate orphan process: pid (${pid})`);
    }
    hub.access.revoke(workplace.token);
    await workplace.log.close();
    await machine.discard();
  }
  if (orders.lost) {
    const message = "The self-hosted runner lost communication with the server.";
    order.job.annotations.push({ level: "error", message });
    return "failure";
  }
  if (orders.cancelled) return "cancelled";
  return failed ? "failure" : "success";
}

function prepareMachine(
  hub: Hub,
  settings: RunnerSettings,
  root: string,
  order: JobOrder,
): Promise<DisposableMachine> {
  const repository = hub.repository.name;
  if (order.runner !== undefined) return selfHostedMachine({ root, runner: order.runner, repository });
  return hostedMachine({ root, job: order.job.id, repository, env: settings.hostedEnv ?? {} });
}

async function openWorkplace(
  hub: Hub,
  settings: RunnerSettings,
  work: Work,
  machine: Machine,
): Promise<Workplace> {
  const { run, job, definition } = work.order;
  const logs = join(work.root, "logs");
  await mkdir(logs, { recursive: true });
  job.logFile = join(logs, `${run.number}-${job.name.replace(/[^\w.-]+/g, "-")}.log`);
  const log = openJobLog(job.logFile, job.annotations);
  const token = hub.access.issueWorkflowToken(definition.permissions ?? {});
  for (const secret of [token, ...Object.values(settings.secrets ?? {})]) log.mask(secret);
  const eventPath = join(machine.temp, "_github_workflow", "event.json");
  await mkdir(dirname(eventPath), { recursive: true });
  await writeFile(eventPath, JSON.stringify(run.payload, null, 2));
  return { machine, log, token, eventPath };
}

/** Every step whose `if` says so, in order; true when one failed. */
async function runSteps(hub: Hub, settings: RunnerSettings, work: Work, place: Workplace): Promise<boolean> {
  const { order, orders, root } = work;
  const { machine, log, token, eventPath } = place;
  const exported: Record<string, string> = {};
  const path: string[] = [];
  let failed = false;
  const facts = {
    job: order.job,
    token,
    needs: order.needs,
    workspace: machine.workspace,
    secrets: settings.secrets ?? {},
  };
  for (const [at, definition] of order.definition.steps.entries()) {
    const step = order.job.steps[at];
    if (step === undefined || orders.lost) break;
    const scope = scopeOf(hub, order.run, facts, { failed, cancelled: orders.cancelled });
    if (!condition(definition.if, scope)) {
      finishStep(hub, step, "skipped");
      continue;
    }
    step.status = "in_progress";
    step.startedAt = stamp(hub);
    const store = join(root, "artifacts", String(order.run.id));
    const around = { run: order.run, job: order.job, machine, log, eventPath, store, scope, exported, path };
    const onStart = (started: NodeProcess): void => obey(orders, started);
    const conclusion = await runStep(hub, settings, { ...around, definition, step, onStart });
    orders.current = undefined;
    failed ||= conclusion === "failure";
    finishStep(hub, step, conclusion === "failure" && orders.cancelled ? "cancelled" : conclusion);
  }
  return failed;
}

/** A process that starts after it was cancelled, or on a lost machine, hears of it at once. */
function obey(orders: Orders, started: NodeProcess): void {
  orders.current = started;
  if (orders.lost && orders.trackingId !== undefined) void killTracked(orders.trackingId);
  else if (orders.cancelled) started.cancel();
}

function finishStep(hub: Hub, step: StepRun, conclusion: Conclusion): void {
  step.status = "completed";
  step.conclusion = conclusion;
  step.completedAt = stamp(hub);
}
