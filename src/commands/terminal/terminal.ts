import { spawn } from "node:child_process";
import { resolve } from "node:path";
import type { FolderHouse, SeenLocally, Surroundings } from "../../house.ts";
import { launchPorts, lookLocally, openFolder } from "../../house.ts";
import type { Terminal as Screen } from "../../report/terminal.ts";
import { SETTINGS_PATH } from "../../usual-paths.ts";

/** A person's terminal: documents go to stdout, everything else to stderr. */
export interface Terminal {
  readonly env: Surroundings["env"];
  readonly now: () => Date;
  readonly document: (text: string) => void;
  readonly say: (text: string) => void;
  readonly screen: Screen;
  /** Set by a command that ran and has bad news. */
  exitCode: 0 | 1;
}

export interface CommonOptions {
  readonly repo: string;
  readonly settings?: string;
  readonly json?: boolean;
}

export function surroundingsOf(terminal: Terminal): Surroundings {
  const { env, now, say } = terminal;
  return { env, now, progress: { say: (line) => say(`${line}\n`) } };
}

export function openHere(
  terminal: Terminal,
  { repo, settings = SETTINGS_PATH }: CommonOptions,
): Promise<FolderHouse> {
  return openFolder(surroundingsOf(terminal), { root: resolve(repo), settingsPath: settings });
}

/** Null: no loop of this machine keeps its ledger in the folder's repository. */
export function lookHere(
  terminal: Terminal,
  { repo, settings = SETTINGS_PATH }: CommonOptions,
): Promise<SeenLocally | null> {
  const ports = launchPorts(terminal.env, spawn);
  return lookLocally(surroundingsOf(terminal), { root: resolve(repo), settingsPath: settings, ports });
}

/** One document for programs, or the text for people: never both. */
export function show(
  terminal: Terminal,
  options: CommonOptions,
  result: { document: unknown; text: string },
): void {
  if (options.json) terminal.document(`${JSON.stringify(result.document, null, 2)}\n`);
  else terminal.say(result.text);
}
