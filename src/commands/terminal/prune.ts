import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { type House, launchPorts, openLocal } from "../../house.ts";
import { pruneDocument, renderPrune } from "../../report/prune.ts";
import { SETTINGS_PATH } from "../../usual-paths.ts";
import { prune } from "../prune.ts";
import { openRemote } from "./loop.ts";
import { type CommonOptions, show, surroundingsOf, type Terminal } from "./terminal.ts";

export interface PruneArguments extends CommonOptions {
  readonly yes?: boolean;
}

/** Shows which checkpoints can go; with `--yes` they go. */
export async function runPrune(terminal: Terminal, options: PruneArguments): Promise<void> {
  const { house, close } = await openLedger(terminal, options);
  try {
    const report = await prune(house, surroundingsOf(terminal), { removing: options.yes === true });
    show(terminal, options, {
      document: pruneDocument(report),
      text: renderPrune(report, house.voice, terminal.screen),
    });
  } finally {
    await close();
  }
}

/** On GitHub where there is a token, else that of a local loop; a ledger that does not know a trial has no say about it. */
async function openLedger(
  terminal: Terminal,
  options: CommonOptions,
): Promise<{ house: House; close: () => Promise<void> }> {
  const { env } = terminal;
  if (env["GITHUB_TOKEN"] ?? env["GH_TOKEN"]) {
    return { house: await openRemote(terminal, options), close: async () => undefined };
  }
  const house = await openLocal(surroundingsOf(terminal), {
    root: resolve(options.repo),
    settingsPath: options.settings ?? SETTINGS_PATH,
    ports: launchPorts(env, spawn),
  });
  return { house, close: house.close };
}
