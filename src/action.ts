import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import * as core from "@actions/core";
import { actionCommand } from "./commands/action-command.ts";
import { AutoloopError, messageOf } from "./errors.ts";
import { lookFirst } from "./house/first-look.ts";
import { neutralLine, secretForms } from "./training/neutral-text.ts";
import { SETTINGS_PATH } from "./usual-paths.ts";

const input = (name: string) => core.getInput(name).trim();

async function main(): Promise<void> {
  const { env } = process;
  const token = input("token");
  const wandbKey = input("wandb-api-key");
  const webhookUrl = input("webhook-url");
  const secrets = [token, wandbKey, webhookUrl].filter(Boolean);
  for (const form of secrets.flatMap(secretForms)) core.setSecret(form);

  const command = actionCommand({
    command: input("command"),
    mode: input("mode"),
    event: env["GITHUB_EVENT_NAME"] ?? "",
    payload: readEvent(env["GITHUB_EVENT_PATH"]),
    dispatch: input("dispatch"),
    trials: input("trials"),
    outcomes: input("outcomes"),
  });
  const surroundings = {
    env,
    now: () => new Date(),
    progress: { say: (line: string) => core.info(neutralLine(line)) },
  };
  const options = {
    token,
    repository: env["GITHUB_REPOSITORY"] ?? "",
    workflow: workflowFile(env["GITHUB_WORKFLOW_REF"]),
    settingsPath: input("settings") || SETTINGS_PATH,
    mode: command.mode,
    wandbKey: wandbKey || undefined,
    webhookUrl: webhookUrl || undefined,
  };
  const sent = firstSending();
  const looking = lookFirst(surroundings, options);
  // Loading keeps the process busy: the question goes out first, and while its answer travels there is time.
  await Promise.race([looking, sent]);
  const [look, { launchPorts, openHouse, runActionCommand, spawn }] = await Promise.all([looking, theRest()]);
  const house = await openHouse(surroundings, options, look);
  const ports = launchPorts({ ...env, ...(wandbKey ? { WANDB_API_KEY: wandbKey } : {}) }, spawn);
  const result = await runActionCommand(house, { surroundings, ports, signal: cancellation() }, command);
  core.setOutput("result", JSON.stringify(result.document));
  for (const [name, value] of Object.entries(result.outputs)) core.setOutput(name, value);
  if (result.summary && env["GITHUB_STEP_SUMMARY"]) await core.summary.addRaw(result.summary).write();
  if (result.failed) core.setFailed(result.failed);
}

/** When the head of a request is on its way: Node's fetch tells. */
function firstSending(): Promise<void> {
  const told = "undici:client:sendHeaders";
  return new Promise((resolve) => {
    const listen = () => {
      unsubscribe(told, listen);
      resolve();
    };
    subscribe(told, listen);
  });
}

/** Most of the program, and slow to load: only when the first request is out. */
async function theRest() {
  const [house, commands, { spawn }] = await Promise.all([
    import("./house.ts"),
    import("./commands/run-action.ts"),
    import("node:child_process"),
  ]);
  return { ...house, ...commands, spawn };
}

/** A cancelled workflow run gives this process SIGINT, 7.5 s later SIGTERM, 2.5 s later nothing: what is begun must end by then. */
function cancellation(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}

function readEvent(path: string | undefined): unknown {
  if (!path) return {};
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new AutoloopError("arguments.event", {
      what: `The event file ${path} cannot be read.`,
      next: "Run the Action in a workflow; GitHub writes that file.",
      cause,
    });
  }
}

/** `owner/repo/.github/workflows/autoloop.yml@refs/heads/main` → `autoloop.yml`. */
function workflowFile(ref: string | undefined): string {
  return /\/([^/@]+)@/.exec(ref ?? "")?.[1] ?? "autoloop.yml";
}

main().catch((thrown: unknown) => {
  // A sentence for people; where it came from only for those who asked for debug output.
  core.setFailed(messageOf(thrown));
  core.debug(thrown instanceof Error ? (thrown.stack ?? "") : "");
  process.exitCode = thrown instanceof AutoloopError ? thrown.exitCode : 1;
});
