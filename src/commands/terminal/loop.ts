import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { execa } from "execa";
import { AutoloopError } from "../../errors.ts";
import { refuseMissing } from "../../forge/folder.ts";
import { type House, launchPorts, openHouse } from "../../house.ts";
import { foldLedger } from "../../rounds/history.ts";
import { SETTINGS_PATH } from "../../usual-paths.ts";
import { type ActionCommand, checkDispatch, parseComment } from "../action-command.ts";
import { claimedJobs } from "../claimed-jobs.ts";
import { runActionCommand } from "../run-action.ts";
import { interruption } from "./interruption.ts";
import { type CommonOptions, show, surroundingsOf, type Terminal } from "./terminal.ts";

export interface LoopArguments extends CommonOptions {
  readonly dispatch?: string;
  readonly trial?: readonly string[];
  readonly outcomes?: string;
  readonly dryRun?: boolean;
  /** File that holds the payload of a comment's event. */
  readonly event?: string;
}

type LoopCommand = "reconcile" | "comment" | "launch" | "collect";

/** The commands of the loop, as a workflow job runs them, from a terminal. */
export async function runLoopCommand(
  terminal: Terminal,
  name: LoopCommand,
  options: LoopArguments,
): Promise<void> {
  const house = await openRemote(terminal, options);
  const { dispatch = "", trial: trials = [], outcomes = "outcomes" } = options;
  if (name === "launch" && options.dryRun) {
    const jobs = await claimedJobs(house, foldLedger((await house.ledger.read()).events), {
      dispatch,
      trials,
    });
    const planned = jobs.map(({ trial, attempt, variant, seed, steps }) => ({
      trial,
      attempt,
      variant,
      seed,
      steps,
    }));
    const text = planned
      .map((job) => `${job.trial} (attempt ${job.attempt}): ${job.variant}, ${job.steps} steps\n`)
      .join("");
    return show(terminal, options, { document: { schema: "autoloop/launch@1", dispatch, planned }, text });
  }
  const command = await commandOf(terminal, name, { ...options, dispatch, trial: trials, outcomes });
  const tools = {
    surroundings: surroundingsOf(terminal),
    ports: launchPorts(terminal.env, spawn),
    signal: interruption(),
  };
  const result = await runActionCommand(house, tools, command);
  show(terminal, options, { document: result.document, text: "" });
  if (result.failed)
    throw new AutoloopError("training.failed", { what: result.failed, next: "See the log above." });
}

async function commandOf(
  { env }: Terminal,
  name: LoopCommand,
  options: LoopArguments & Required<Pick<LoopArguments, "dispatch" | "trial" | "outcomes">>,
): Promise<ActionCommand> {
  const { dispatch, trial: trials, outcomes, event } = options;
  switch (name) {
    case "reconcile":
      return { name };
    case "comment":
      return { name, event: parseComment(await readEventFile(event ?? env["GITHUB_EVENT_PATH"])) };
    case "launch":
      return { name, dispatch: checkDispatch(dispatch, name), trials, outcomes: resolve(outcomes) };
    case "collect":
      return {
        name,
        dispatch: checkDispatch(dispatch, name),
        outcomes: resolve(outcomes),
        trainingIsOver: false,
      };
  }
}

async function readEventFile(path: string | undefined): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path ?? "", "utf8"));
  } catch (cause) {
    throw new AutoloopError("arguments.event", {
      what: path ? `The event file ${path} cannot be read.` : "No event file is named.",
      next: "Name the JSON payload of an issue_comment event with --event; in a workflow GITHUB_EVENT_PATH names it.",
      cause,
    });
  }
}

/** The repository that the environment names, else that of the folder's `origin`. */
export async function openRemote(terminal: Terminal, options: CommonOptions): Promise<House> {
  const { env } = terminal;
  await refuseMissing(resolve(options.repo));
  const token = env["GITHUB_TOKEN"] ?? env["GH_TOKEN"];
  if (!token) {
    throw new AutoloopError("arguments.no-token", {
      what: "There is no GitHub token.",
      next: "Set GITHUB_TOKEN, for example to the output of `gh auth token`.",
    });
  }
  return openHouse(surroundingsOf(terminal), {
    token,
    repository:
      env["GITHUB_REPOSITORY"] ??
      (await originOf(resolve(options.repo), env["GITHUB_SERVER_URL"] ?? "https://github.com")),
    workflow: "autoloop.yml",
    settingsPath: options.settings ?? SETTINGS_PATH,
  });
}

/** Of another host than the token's, an origin names nothing that we may write to. */
async function originOf(folder: string, server: string): Promise<string> {
  const { stdout, exitCode } = await execa("git", ["-C", folder, "remote", "get-url", "origin"], {
    reject: false,
  });
  const remote = exitCode === 0 ? REMOTE.exec(stdout.trim()) : null;
  const { host = "", name = "" } = remote?.groups ?? {};
  if (name && host.toLowerCase() === new URL(server).host.toLowerCase()) return name;
  throw new AutoloopError("arguments.repository", {
    what: `${folder} has no remote "origin" at ${new URL(server).host}.`,
    next: "Set GITHUB_REPOSITORY to owner/name, and GITHUB_SERVER_URL for a server of your own.",
  });
}

/** `git@host:owner/name.git`, `ssh://git@host/owner/name`, `https://host/owner/name.git`. */
const REMOTE =
  /^(?:\w+:\/\/)?(?:[^@/\s]+@)?(?<host>[^/:\s]+(?::\d+(?=\/))?)[:/](?<name>[^/:\s]+\/[^/\s]+?)(?:\.git)?\/?$/;
