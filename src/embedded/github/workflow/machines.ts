import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Machine } from "./environment.ts";
import type { SelfHostedRunner } from "./settings.ts";

export type DisposableMachine = Machine & { readonly discard: () => Promise<void> };

/** A fresh virtual machine: nothing of an earlier job, and nothing stays. */
export async function hostedMachine(order: {
  readonly root: string;
  readonly job: number;
  readonly repository: string;
  readonly env: Readonly<Record<string, string>>;
}): Promise<DisposableMachine> {
  const folder = join(order.root, "hosted", String(order.job));
  const machine = await furnish(folder, order.repository, {
    name: `GitHub Actions ${order.job}`,
    environment: "github-hosted",
    env: order.env,
  });
  return { ...machine, discard: () => rm(folder, { recursive: true, force: true }) };
}

/** The same box every time: its workspace and home are as the last job left them, only RUNNER_TEMP is emptied. */
export async function selfHostedMachine(order: {
  readonly root: string;
  readonly runner: SelfHostedRunner;
  readonly repository: string;
}): Promise<DisposableMachine> {
  const folder = join(order.root, "self-hosted", order.runner.name);
  await rm(join(folder, "temp"), { recursive: true, force: true });
  const machine = await furnish(folder, order.repository, {
    name: order.runner.name,
    environment: "self-hosted",
    env: order.runner.env ?? {},
  });
  return { ...machine, discard: async () => undefined };
}

async function furnish(
  folder: string,
  repository: string,
  about: Pick<Machine, "name" | "environment" | "env">,
): Promise<Machine> {
  const machine: Machine = {
    ...about,
    workspace: join(folder, "work", repository, repository),
    temp: join(folder, "temp"),
    tools: join(folder, "tools"),
    home: about.env["HOME"] ?? join(folder, "home"),
    trackingId: `github_${randomUUID()}`,
  };
  for (const path of [machine.workspace, machine.temp, machine.tools, machine.home])
    await mkdir(path, { recursive: true });
  return machine;
}
