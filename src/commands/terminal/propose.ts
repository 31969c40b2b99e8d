import { AutoloopError } from "../../errors.ts";
import { renderProposal } from "../../report/terminal-rounds.ts";
import type { Voice } from "../../report/voice.ts";
import { manifestText } from "../../rounds/draft.ts";
import { draftInFolder } from "../propose-folder.ts";
import { type ProposeResult, proposeRound } from "../propose-round.ts";
import { lookAround } from "../world.ts";
import { openRemote } from "./loop.ts";
import { type CommonOptions, openHere, show, type Terminal } from "./terminal.ts";

export interface ProposeArguments extends CommonOptions {
  readonly max?: number;
  readonly dryRun?: boolean;
}

/** Opens the next round; with `--dry-run` shows what it would be, from the folder alone. */
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
  const document = {
    schema: "autoloop/propose@1",
    kind: result.kind,
    round: "round" in result ? result.round : null,
  };
  show(terminal, options, { document, text: `${proposedLine(result, house.voice)}\n` });
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
  const house = await openHere(terminal, options);
  const result = await draftInFolder(house, options);
  if (result.kind !== "draft") {
    return show(terminal, options, {
      document: { schema: "autoloop/propose@1", kind: result.kind, round: null },
      text: `${house.voice.plain(`propose.${result.kind}`)}\n`,
    });
  }
  const { draft, proposal, pullRequest } = result;
  const files = [...draft.files].map(([path, text]) => ({ path, text }));
  show(terminal, options, {
    document: {
      schema: "autoloop/propose@1",
      kind: "draft",
      round: draft.manifest.round,
      manifest: draft.manifest,
      files,
      pull_request: { title: pullRequest.title, body: pullRequest.body },
    },
    text: [
      renderProposal(proposal, house.voice, terminal.screen),
      ...files.map(({ path, text }) => `--- ${path}\n${text}`),
      `--- ${result.manifestPath}\n${manifestText(draft.manifest)}`,
      `--- ${pullRequest.title}\n${pullRequest.body}`,
    ].join("\n"),
  });
}
