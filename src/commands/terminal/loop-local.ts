import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { type LocalHouse, launchPorts, openLocal } from "../../house.ts";
import { renderProposal, renderStatus } from "../../report/terminal-rounds.ts";
import { sha256 } from "../../rounds/names.ts";
import { SETTINGS_PATH } from "../../usual-paths.ts";
import { type LoopEnd, loop } from "../loop.ts";
import { manifestIn } from "../round-branch.ts";
import { statusReport, withoutMerging } from "../status.ts";
import { lookAround, roundBranch } from "../world.ts";
import { interruption } from "./interruption.ts";
import { type CommonOptions, show, surroundingsOf, type Terminal } from "./terminal.ts";

export interface LocalLoopArguments extends CommonOptions {
  readonly rounds: number;
  readonly yes?: boolean;
  readonly wallTime?: number;
}

/** Rounds on a plain local repository, without a forge. */
export async function runLocalLoop(terminal: Terminal, options: LocalLoopArguments): Promise<void> {
  const surroundings = surroundingsOf(terminal);
  const ports = launchPorts(terminal.env, spawn);
  const signal = interruption();
  const house = await openLocal(surroundings, {
    root: resolve(options.repo),
    settingsPath: options.settings ?? SETTINGS_PATH,
    ports,
  });
  try {
    const { rounds, yes: merging = false, wallTime: wallHours = null } = options;
    const end = await loop(house, { rounds, merging, wallHours, surroundings, ports, signal });
    if (FAILED.has(end.kind)) terminal.exitCode = 1;
    const world = await lookAround(house);
    const seen = await statusReport(house, world);
    const status = merging ? withoutMerging(house, world, seen) : seen;
    const round = end.kind === "awaits-merge" ? end.round : null;
    show(terminal, options, {
      document: { schema: "autoloop/loop@1", end: end.kind, round, rounds: status.rounds },
      text:
        renderStatus(status, house.voice, terminal.screen) +
        (round === null ? "" : await shownRound(house, { terminal, round })) +
        `${farewell(house, { end, options, branch: world.branch })}\n`,
    });
  } finally {
    await house.close();
  }
}

const FAILED: ReadonlySet<LoopEnd["kind"]> = new Set(["stopped", "nothing-trained", "no-results"]);

/** What would be trained, as it stands on the round's branch by now. */
async function shownRound(
  house: LocalHouse,
  { terminal, round }: { terminal: Terminal; round: string },
): Promise<string> {
  const tree = await house.forge.reader.tree({ branch: roundBranch(round) });
  const { bytes, manifest } = await manifestIn(house, tree, round);
  if (!bytes || !manifest) return "";
  const { mode } = house.settings;
  const proposal = { manifest, manifestSha256: sha256(bytes), variants: [], warnings: [], mode };
  return `${renderProposal(proposal, house.voice, terminal.screen)}\n`;
}

function farewell(
  { voice }: LocalHouse,
  { end, options, branch }: { end: LoopEnd; options: LocalLoopArguments; branch: string },
): string {
  const { rounds } = options;
  switch (end.kind) {
    case "done":
      return voice.plain("loop.done", { rounds });
    case "awaits-merge":
      return voice.plain("loop.awaits-merge", {
        round: end.round,
        base: branch,
        branch: roundBranch(end.round),
        rounds,
      });
    case "nothing-trained":
      return voice.plain("loop.nothing-trained", { round: end.round });
    case "stopped":
      return voice.plain("loop.stopped");
    case "time-over":
      return voice.plain("loop.time-over");
    case "budget-spent":
      return voice.plain("obstacle.budget-spent.all");
    case "nothing-to-gain":
    case "no-templates":
    case "no-results":
      return voice.plain(`propose.${end.kind}`);
  }
}
