import { expect, it } from "vitest";
import { rememberGit } from "../../src/training/git-memory.ts";

it("asks git the same only when the last answer is old, and everybody else each time", async () => {
  const ran: string[] = [];
  let now = 0;
  const run = rememberGit({
    run: async ({ file, args }) => {
      ran.push([file, ...args].join(" "));
      return { kind: "missing" };
    },
    clock: { steady: () => now },
    maxAgeMs: 2_000,
  });
  const ask = (file: string, ...args: string[]) => run({ file, args, timeoutMs: 1 });
  await Promise.all([ask("git", "status"), ask("git", "status"), ask("git", "rev-parse")]);
  await Promise.all([ask("nvidia-smi"), ask("nvidia-smi")]);
  now = 2_000;
  await ask("git", "status");
  expect(ran).toEqual(["git status", "git rev-parse", "nvidia-smi", "nvidia-smi", "git status"]);
});
