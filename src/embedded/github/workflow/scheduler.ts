import { type GitHubEvent, type Hub, stamp, takeId } from "../hub.ts";
import type { Conclusion, WorkflowJobRun, WorkflowRun } from "../state.ts";
import { emptyGroup, enterGroup, type Group, leaveGroup } from "./concurrency.ts";
import { scopeOf } from "./contexts.ts";
import type { JobDefinition, WorkflowDefinition } from "./definition.ts";
import { condition, interpolate, interpolateText } from "./expressions.ts";
import { conclusionOf, expandMatrix, needsContext, newJob } from "./run-book.ts";
import type { Execution, JobStarter } from "./run-job.ts";
import type { SelfHostedRunner } from "./settings.ts";
import { onComment, onPush, type RunRequest } from "./triggers.ts";

export interface Scheduler {
  /** A new run of the workflow; its jobs start as soon as their turn comes. */
  queue(request: RunRequest): WorkflowRun;
  /** Starts what the event triggers; events of workflow tokens trigger nothing. */
  react(event: GitHubEvent): Promise<void>;
  cancel(run: WorkflowRun): "cancelling" | "already-over";
  /** Resolves when no run is queued or in progress. */
  idle(): Promise<void>;
  /** The box is gone or back: its job fails, and it takes no other until it returns. */
  loseRunner(name: string): void;
  returnRunner(name: string): void;
  /** Cancels everything and waits until no process is left. */
  stop(): Promise<void>;
}

export interface SchedulerOptions {
  readonly hub: Hub;
  readonly workflow: WorkflowDefinition;
  readonly runners: readonly SelfHostedRunner[];
  /** Undefined: runs are kept, and nothing works on them. */
  readonly start: JobStarter | undefined;
}

export function createScheduler({ hub, workflow, runners, start }: SchedulerOptions): Scheduler {
  const groups = new Map<string, Group>();
  const groupOfJob = new Map<number, string>();
  const executions = new Map<number, Execution>();
  const busy = new Map<string, number>();
  const offline = new Set<string>();
  let waiters: (() => void)[] = [];
  let stopped = false;

  const active = (): WorkflowRun[] =>
    [...hub.state.runs.values()].filter((run) => run.status !== "completed");
  const findJob = (id: number): { run: WorkflowRun; job: WorkflowJobRun } | undefined => {
    for (const run of active()) {
      const job = run.jobs.find((one) => one.id === id);
      if (job !== undefined) return { run, job };
    }
    return undefined;
  };

  /** Level-triggered: looks at everything and does what is due, so it may be called at any time. */
  const advance = (): void => {
    if (stopped || start === undefined) return;
    for (const run of active()) {
      for (const [key, definition] of Object.entries(workflow.jobs)) unfold(run, key, definition);
      for (const job of run.jobs) if (job.status === "queued") tryStart(run, job);
      closeIfDone(run);
    }
    if (active().length === 0) {
      const ready = waiters;
      waiters = [];
      for (const resolve of ready) resolve();
    }
  };

  /** Turns a job of the workflow file into jobs of the run once everything that it needs is over. */
  const unfold = (run: WorkflowRun, key: string, definition: JobDefinition): void => {
    if (run.jobs.some((job) => job.key === key)) return;
    const needed = (definition.needs ?? []).map((name) => run.jobs.filter((job) => job.key === name));
    if (needed.some((jobs) => jobs.length === 0 || jobs.some((job) => job.status !== "completed"))) return;
    const failed = needed.flat().some((job) => job.conclusion !== "success");
    const scope = scopeOf(hub, run, {}, { failed, cancelled: run.cancelRequested });
    const labels = typeof definition.runsOn === "string" ? [definition.runsOn] : definition.runsOn;
    const plain = { key, labels, steps: definition.steps };
    if (!condition(definition.if, scope)) {
      finish(run, newJob(hub, run, { ...plain, name: key, index: 0, total: 1, matrix: {} }), "skipped");
      return;
    }
    try {
      const entries = expandMatrix(definition.matrix, (text) => interpolate(text, scope));
      for (const [index, matrix] of entries.entries()) {
        const name = Object.keys(matrix).length === 0 ? key : `${key} (${Object.values(matrix).join(", ")})`;
        const job = newJob(hub, run, { ...plain, name, index, total: entries.length, matrix });
        hub.notify({ kind: "job", action: "queued", id: job.id, run: run.id, name });
        enter(run, job, definition);
      }
    } catch (cause) {
      const job = newJob(hub, run, { ...plain, name: key, index: 0, total: 1, matrix: {} });
      job.annotations.push({
        level: "error",
        message: `Error when evaluating 'strategy' for job '${key}': ${String(cause)}`,
      });
      finish(run, job, "failure");
    }
  };

  const enter = (run: WorkflowRun, job: WorkflowJobRun, definition: JobDefinition): void => {
    if (definition.concurrency === undefined) return;
    const name = interpolateText(definition.concurrency.group, scopeOf(hub, run, { job })).toLowerCase();
    const entry = enterGroup(groups.get(name) ?? emptyGroup, job.id, definition.concurrency);
    groups.set(name, entry.group);
    groupOfJob.set(job.id, name);
    if (entry.group.running !== job.id) {
      job.status = "pending";
      hub.notify({ kind: "job", action: "pending", id: job.id, run: run.id, name: job.name });
    }
    for (const id of entry.cancelled) {
      const pushedOut = id === job.id ? { run, job } : findJob(id);
      if (pushedOut !== undefined) end(pushedOut.run, pushedOut.job);
    }
  };

  /** Cancels one job: a process is asked to stop, what has not started is over. */
  const end = (run: WorkflowRun, job: WorkflowJobRun): void => {
    const execution = executions.get(job.id);
    if (execution !== undefined) execution.cancel();
    else if (job.status !== "completed") finish(run, job, "cancelled");
  };

  const tryStart = (run: WorkflowRun, job: WorkflowJobRun): void => {
    const definition = workflow.jobs[job.key];
    if (definition === undefined || start === undefined) return;
    const runner = job.labels.includes("self-hosted")
      ? runners.find(
          (one) =>
            !busy.has(one.name) &&
            !offline.has(one.name) &&
            job.labels.every((label) => one.labels.includes(label)),
        )
      : undefined;
    if (job.labels.includes("self-hosted") && runner === undefined) return;
    if (runner !== undefined) busy.set(runner.name, job.id);
    run.status = "in_progress";
    job.status = "in_progress";
    job.startedAt = stamp(hub);
    job.runner = runner?.name ?? `GitHub Actions ${job.id}`;
    hub.notify({ kind: "job", action: "started", id: job.id, run: run.id, name: job.name });
    const execution = start({ run, job, definition, needs: needsContext(run, definition), runner });
    executions.set(job.id, execution);
    const settle = (conclusion: Conclusion): void => {
      executions.delete(job.id);
      if (runner !== undefined) busy.delete(runner.name);
      finish(run, job, conclusion);
      advance();
    };
    execution.done.then(settle, (cause: unknown) => {
      job.annotations.push({ level: "error", message: `The runner failed: ${String(cause)}` });
      settle("failure");
    });
  };

  const finish = (run: WorkflowRun, job: WorkflowJobRun, conclusion: Conclusion): void => {
    job.status = "completed";
    job.conclusion = conclusion;
    job.completedAt = stamp(hub);
    run.updatedAt = job.completedAt;
    const name = groupOfJob.get(job.id);
    if (name !== undefined) {
      groupOfJob.delete(job.id);
      const group = leaveGroup(groups.get(name) ?? emptyGroup, job.id);
      groups.set(name, group);
      const next = group.running === null ? undefined : findJob(group.running);
      if (next?.job.status === "pending") next.job.status = "queued";
    }
    hub.notify({ kind: "job", action: "completed", id: job.id, run: run.id, name: job.name });
  };

  const closeIfDone = (run: WorkflowRun): void => {
    const all = Object.keys(workflow.jobs).every((key) => run.jobs.some((job) => job.key === key));
    if (!all || run.jobs.some((job) => job.status !== "completed")) return;
    run.status = "completed";
    run.conclusion = conclusionOf(run);
    run.updatedAt = stamp(hub);
    hub.notify({ kind: "run", action: "completed", id: run.id });
  };

  const cancel: Scheduler["cancel"] = (run) => {
    if (run.status === "completed") return "already-over";
    run.cancelRequested = true;
    hub.notify({ kind: "run", action: "cancel-requested", id: run.id });
    for (const job of run.jobs) {
      // The job's `if` is asked again: one that says always() goes on.
      const scope = scopeOf(hub, run, { job }, { failed: false, cancelled: true });
      if (job.status !== "completed" && !condition(workflow.jobs[job.key]?.if, scope)) end(run, job);
    }
    advance();
    return "cancelling";
  };

  const queue: Scheduler["queue"] = (request) => {
    const now = stamp(hub);
    const number = hub.state.nextRunNumber;
    hub.state.nextRunNumber += 1;
    const about = { ...request, id: takeId(hub), number };
    const run: WorkflowRun = {
      ...about,
      title: interpolateText(workflow.runName, scopeOf(hub, about)).trim(),
      createdAt: now,
      updatedAt: now,
      status: "queued",
      conclusion: null,
      cancelRequested: false,
      jobs: [],
    };
    hub.state.runs.set(run.id, run);
    hub.notify({ kind: "run", action: "queued", id: run.id });
    // After the answer to whoever caused it: a job that is faster than its own dispatch would be a surprise.
    setImmediate(advance);
    return run;
  };

  return {
    queue,
    cancel,
    react: async (event) => {
      if (!("triggers" in event) || !event.triggers) return;
      const request =
        event.kind === "push" ? await onPush(hub, workflow, event) : await onComment(hub, workflow, event);
      if (request !== undefined) queue(request);
    },
    idle: () => (active().length === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    loseRunner: (name) => {
      offline.add(name);
      const job = busy.get(name);
      if (job !== undefined) executions.get(job)?.lose();
    },
    returnRunner: (name) => {
      offline.delete(name);
      advance();
    },
    stop: async () => {
      stopped = true;
      const running = [...executions.values()];
      for (const execution of running) execution.lose();
      await Promise.allSettled(running.map((execution) => execution.done));
    },
  };
}
