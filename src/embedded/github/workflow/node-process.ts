import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { JobLog } from "./job-log.ts";
import { kill, killTracked } from "./orphans.ts";

export interface NodeProcess {
  /** Exit code, or null when a signal ended it. */
  readonly done: Promise<number | null>;
  /** SIGINT to this process only, then SIGTERM, then the whole tree. */
  cancel(): void;
}

export interface NodeCall {
  readonly node: string;
  readonly script: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly trackingId: string;
  readonly grace: { readonly interrupt: number; readonly terminate: number };
  readonly log: JobLog;
}

const PIPE_PATIENCE_MS = 1000;

export function startNode(call: NodeCall): NodeProcess {
  const child = spawn(call.node, [call.script], {
    cwd: call.cwd,
    env: { ...call.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const timers: NodeJS.Timeout[] = [];
  let over = false;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", call.log.line);
  }
  const done = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      over = true;
      for (const timer of timers) clearTimeout(timer);
      const finish = (): void => {
        clearTimeout(patience);
        child.stdout.destroy();
        child.stderr.destroy();
        resolve(code);
      };
      // A process that outlives the step may hold the pipes open for days.
      const patience = setTimeout(finish, PIPE_PATIENCE_MS);
      child.on("close", finish);
    });
  });

  const signal = (name: NodeJS.Signals): void => {
    if (!over && child.pid !== undefined) kill(child.pid, name);
  };
  return {
    done,
    cancel: () => {
      const { interrupt, terminate } = call.grace;
      signal("SIGINT");
      timers.push(setTimeout(() => signal("SIGTERM"), interrupt));
      timers.push(
        setTimeout(() => {
          signal("SIGKILL");
          void killTracked(call.trackingId);
        }, interrupt + terminate),
      );
    },
  };
}
