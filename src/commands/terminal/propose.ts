import { AutoloopError } from "../../errors.ts";
import type { House } from "../../house.ts";
import { renderPullRequest } from "../../report/pull-request.ts";
import { renderProposal } from "../../report/terminal-rounds.ts";
import type { Voice } from "../../report/voice.ts";
import { manifestText } from "../../rounds/draft.ts";
import { draftInFolder } from "../propose-folder.ts";
import { draftFromLedger, type ProposeResult, type Prospect, proposeRound } from "../propose-round.ts";
import { lookAround, manifestPath } from "../world.ts";
import { openRemote } from "./loop.ts";
import { type CommonOptions, lookHere, openHere, show, type Terminal } from "./terminal.ts";

export interface ProposeArguments extends CommonOptions {
  readonly max?: number;
  readonly dryRun?: boolean;
}

/** Opens the next round; with `--dry-run` shows what it would be, from the ledger of the folder's own loop, else from the folder alone. */
export async function runPropose(terminal: Terminal, options: ProposeArguments): Promise<void> {
  if (options.max !== undefined && options.max > 3) {
    throw new AutoloopError("arguments.max", {
      what: "--max is above 3.",
      next: "A round has one to three variants.",
    });
  }
  if (options.dryRun) return showDraft(terminal, options);
  const house = await openRemote(terminal, options);
  const result = await proposeRound(house, await lookAround(house), { max: options.max });
  showResult(terminal, options, { house, result });
}

function showResult(
  terminal: Terminal,
  options: ProposeArguments,
  { house, result }: { house: Pick<House, "voice">; result: ProposeResult },
): void {
  show(terminal, options, {
    document: {
      schema: "autoloop/propose@1",
      kind: result.kind,
      round: "round" in result ? result.round : null,
    },
    text: `${proposedLine(result, house.voice)}\n`,
  });
}

function proposedLine(result: ProposeResult, voice: Voice): string {
  switch (result.kind) {
    case "opened":
      return voice.plain("propose.opened", { round: result.round, url: result.pull.url });
    case "already-open":
      return voice.plain("propose.already-open", { round: result.round });
    default:
      return voice.plain(`propose.${result.kind}`);
  }
}

async function showDraft(terminal: Terminal, options: ProposeArguments): Promise<void> {
  const local = await lookHere(terminal, options);
  if (local) {
    const result = await draftFromLedger(local, await lookAround(local), options);
    return showProspect(terminal, options, { house: local, result });
  }
  const house = await openHere(terminal, options);
  showProspect(terminal, options, { house, result: await draftInFolder(house, options) });
}

function showProspect(
  terminal: Terminal,
  options: ProposeArguments,
  { house, result }: { house: Pick<House, "settings" | "voice">; result: Prospect },
): void {
  if (result.kind !== "draft") {
    showResult(terminal, options, { house, result });
    return;
  }
  const { draft, proposal } = result;
  const { title, body } = renderPullRequest(proposal, house.voice);
  const files = [...draft.files].map(([path, text]) => ({ path, text }));
  show(terminal, options, {
    document: {
      schema: "autoloop/propose@1",
      kind: "draft",
      round: draft.manifest.round,
      manifest: draft.manifest,
      files,
      pull_request: { title, body },
    },
    text: [
      renderProposal(proposal, house.voice, terminal.screen),
      ...files.map(({ path, text }) => `--- ${path}\n${text}`),
      `--- ${manifestPath(house, draft.manifest.round)}\n${manifestText(draft.manifest)}`,
      `--- ${title}\n${body}`,
    ].join("\n"),
  });
}
