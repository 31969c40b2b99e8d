/** Longer input than this is cut before anything else looks at it, so that no pattern meets a megabyte of foreign text. */
const LONGEST_INPUT = 20_000;

const [ESC, BEL, CSI] = [27, 7, 155].map((unit) => String.fromCharCode(unit));
/** Colours and cursor moves, and titles and links up to their end. (Node's own remover takes visible text along.) */
const TERMINAL_SEQUENCE = new RegExp(
  `(?:${ESC}\\[|${CSI})[0-?]*[ -/]*[@-~]|${ESC}\\][^${ESC}${BEL}\\n]*(?:${BEL}|${ESC}\\\\)?`,
  "g",
);

/** Control, format (bidi, zero-width, soft hyphen), surrogate halves, private use, and letters that draw nothing. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]/gu;

/** Foreign text as one visible line of at most `max` characters: no control, direction or zero-width characters. */
export function cleanLine(text: string, max: number): string {
  const visible = text
    .slice(0, LONGEST_INPUT)
    .replace(TERMINAL_SEQUENCE, "")
    .replace(/[\s\u0085]/gu, " ")
    .replace(INVISIBLE, "")
    .replace(/ {2,}/g, " ")
    .trim();
  return capped(visible, max);
}

/** The same for a line of a log or of code: its indentation stays, a tab becomes two spaces. */
export function cleanCodeLine(text: string, max: number): string {
  const visible = text
    .slice(0, LONGEST_INPUT)
    .replace(TERMINAL_SEQUENCE, "")
    .replace(/\t/g, "  ")
    .replace(/[\s\u0085]/gu, " ")
    .replace(INVISIBLE, "")
    .trimEnd();
  return capped(visible, max);
}

function capped(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join("")}…`;
}
