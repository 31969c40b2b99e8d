import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { GitDir } from "./run.ts";

/** Takes one answer off the front of what git printed, or says that more has to arrive first. */
export type AnswerReader<T> = (
  printed: Buffer,
) => { readonly value: T; readonly length: number } | "incomplete";

interface Waiting {
  /** True when its answer was complete and has been handed over. */
  feed(printed: Buffer): number | "incomplete";
  fail(cause: Error): void;
}

/** A git process that stays alive and answers questions in order: a lookup costs a write, not a process. */
export interface GitPipe {
  ask<T>(question: string | Buffer, read: AnswerReader<T>): Promise<T>;
  close(): Promise<void>;
}

export function openGitPipe(git: GitDir, args: readonly string[]): GitPipe {
  let child: ChildProcessWithoutNullStreams | undefined;
  let printed: Buffer = Buffer.alloc(0);
  let waiting: Waiting[] = [];

  const take = (): void => {
    for (;;) {
      const first = waiting[0];
      if (first === undefined || printed.length === 0) return;
      const length = first.feed(printed);
      if (length === "incomplete") return;
      printed = printed.subarray(length);
      waiting.shift();
    }
  };

  const start = (): ChildProcessWithoutNullStreams => {
    const started = spawn("git", [...args], {
      cwd: git.dir,
      env: git.environment(),
      stdio: ["pipe", "pipe", "pipe"],
    });
    const said: Buffer[] = [];
    started.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    started.stdout.on("data", (chunk: Buffer) => {
      printed = printed.length === 0 ? chunk : Buffer.concat([printed, chunk]);
      take();
    });
    const ended = (cause: Error): void => {
      if (child !== started) return;
      child = undefined;
      printed = Buffer.alloc(0);
      const left = waiting;
      waiting = [];
      for (const one of left) one.fail(cause);
    };
    started.on("error", ended);
    started.stdin.on("error", () => undefined);
    started.on("close", () => ended(new Error(`git ${args.join(" ")}: ${Buffer.concat(said).toString()}`)));
    return started;
  };

  return {
    ask: (question, read) =>
      new Promise((resolve, reject) => {
        child ??= start();
        waiting.push({
          feed: (buffer) => {
            const answer = read(buffer);
            if (answer === "incomplete") return answer;
            resolve(answer.value);
            return answer.length;
          },
          fail: reject,
        });
        child.stdin.write(question);
      }),
    close: async () => {
      const running = child;
      if (running === undefined) return;
      const closed = new Promise<void>((resolve) => running.once("close", () => resolve()));
      running.stdin.end();
      await closed;
    },
  };
}

/** The usual answer: one line. */
export const oneLine: AnswerReader<string> = (printed) => {
  const end = printed.indexOf(0x0a);
  return end === -1 ? "incomplete" : { value: printed.toString("utf8", 0, end), length: end + 1 };
};
