import { allowanceTexts } from "./texts/allowance.ts";
import { analysisTexts } from "./texts/analysis.ts";
import { commandsTexts } from "./texts/commands.ts";
import { noticesTexts } from "./texts/notices.ts";
import { proposalTexts } from "./texts/proposal.ts";
import { repliesTexts } from "./texts/replies.ts";
import { roundTexts } from "./texts/round.ts";
import { statusTexts } from "./texts/status.ts";
import { tablesTexts } from "./texts/tables.ts";
import { terminalTexts } from "./texts/terminal.ts";

/** Every sentence that the report says itself. `{blanks}` are filled by voice.ts; the words hold no Markdown. */
export const catalogue = {
  ...analysisTexts,
  ...tablesTexts,
  ...roundTexts,
  ...proposalTexts,
  ...commandsTexts,
  ...repliesTexts,
  ...statusTexts,
  ...allowanceTexts,
  ...noticesTexts,
  ...terminalTexts,
};

export type PhraseKey = keyof typeof catalogue;
