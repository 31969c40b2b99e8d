import { markdownTable } from "markdown-table";
import { cleanCodeLine, cleanLine } from "./clean.ts";
import { displayWidth } from "./width.ts";

/**
 * Text that may stand in a Markdown document. It can only be made in this file: a run name, a metric key or a config
 * value gets into one by being escaped, never by being forgotten. (An object, because a branded string cannot be told
 * from a plain one when the program runs.)
 */
export interface Markdown {
  readonly [brand]: string;
}
const brand: unique symbol = Symbol("markdown");

const NAME_LENGTH = 200;
const TEXT_LENGTH = 2000;
const LINE_LENGTH = 400;
const BREAK = "&#8203;";

function trusted(source: string): Markdown {
  return Object.freeze({ [brand]: source });
}

export function isMarkdown(value: unknown): value is Markdown {
  return typeof value === "object" && value !== null && brand in value;
}

/** The Markdown source. */
export function sourceOf(markdown: Markdown): string {
  return markdown[brand];
}

export type Filling = Markdown | string | number;

/** A template whose own words are Markdown and whose values are escaped unless they are Markdown already. */
export function md(words: TemplateStringsArray, ...values: readonly Filling[]): Markdown {
  return compose(words, values);
}

/** A sentence of our own catalogue with `{blanks}`: the sentence is trusted, what fills its blanks is escaped like in `md`. */
export function filled(sentence: string, values: Readonly<Record<string, Filling>>): Markdown {
  const pieces = sentence.split(/\{(\w+)\}/);
  const words = pieces.filter((_piece, index) => index % 2 === 0);
  const names = pieces.filter((_piece, index) => index % 2 === 1);
  return compose(
    words,
    names.map((name) => values[name] ?? ""),
  );
}

function compose(words: readonly string[], values: readonly Filling[]): Markdown {
  return trusted(
    values.reduce<string>(
      (source, value, index) => source + sourceAfter(source, value) + (words[index + 1] ?? ""),
      words[0] ?? "",
    ),
  );
}

function sourceAfter(before: string, value: Filling): string {
  if (typeof value !== "string") return typeof value === "number" ? String(value) : sourceOf(value);
  return startsLine(before) ? escapeText(value) : escapeInline(value);
}

/** Whether a list, a rule or a heading could begin here: only indentation and list marks stand before it. */
function startsLine(before: string): boolean {
  return /^\s*(?:(?:[-*+>]|\d+[.)])\s+)*$/.test(before.slice(before.lastIndexOf("\n") + 1));
}

export function joinMarkdown(
  parts: readonly Markdown[],
  separator: "" | " " | "\n" | "\n\n" | ", " | " · " | "<br>",
): Markdown {
  return trusted(parts.map(sourceOf).join(separator));
}

/** Every line of a multi-line text moved right, so that it stays inside of its list item. */
export function indented(markdown: Markdown, spaces: 2 | 4): Markdown {
  return trusted(sourceOf(markdown).replace(/\n(?=[^\n])/g, `\n${" ".repeat(spaces)}`));
}

// What GitHub acts on: `@user`, `#12` and `owner/repo#12`, `GH-12`, and addresses (an issue's address becomes a reference).
const ACTIVE = /[&<>"'`\\*[\]|~$@#_]|:\/\/|www\.|(?<![a-z0-9])gh-(?=\d)/giu;
// What Markdown acts on at the start of a line: lists, rules, underlined headings, one-column tables.
const AT_LINE_START = /^(?:[-+=:]|\d+(?=[.)](?:\s|$)))/;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  // An entity, because `\|` would still end a table cell after another backslash.
  "|": "&#124;",
  // Dollar signs start formulas.
  $: "&#36;",
  "@": `@${BREAK}`,
  "#": `#${BREAK}`,
  "://": `:${BREAK}//`,
};

/** Foreign text as one line of harmless Markdown source: it shows as it reads, and nothing in it does anything. */
export function escapeText(text: string, max = TEXT_LENGTH): string {
  return escapeInline(text, max).replace(AT_LINE_START, (start) =>
    /^\d/.test(start) ? `${start}\\` : `\\${start}`,
  );
}

function escapeInline(text: string, max = TEXT_LENGTH): string {
  return cleanLine(text, max).replace(ACTIVE, defused);
}

function defused(hit: string, offset: number, whole: string): string {
  if ((hit === "_" || hit === "'") && isInsideWord(whole, offset)) return hit;
  const entity = ENTITIES[hit];
  if (entity !== undefined) return entity;
  return hit.length === 1 ? `\\${hit}` : `${hit.slice(0, -1)}${BREAK}${hit.slice(-1)}`;
}

/** `act_fr3_ot` and `summary's` stay readable: between letters an underscore is no emphasis, an apostrophe no quote. */
function isInsideWord(text: string, offset: number): boolean {
  return /[A-Za-z0-9]/.test(text.charAt(offset - 1)) && /[A-Za-z0-9]/.test(text.charAt(offset + 1));
}

/**
 * A name, path or value as inline code. What could end the code span, a table cell or start HTML is written with
 * entities inside of a `code` element instead.
 */
export function code(text: string, max = NAME_LENGTH): Markdown {
  const line = cleanLine(text, max);
  if (line === "") return trusted("–");
  return trusted(/[`|<]/.test(line) ? `<code>${escapeText(line, max)}</code>` : `\`${line}\``);
}

type CodeLanguage = "diff" | "json" | "text";

/** Lines as a fenced block. The fence is longer than any run of backticks in them; a comment in them is no marker. */
export function codeBlock(language: CodeLanguage, lines: readonly string[]): Markdown {
  const shown = lines.map((line) => cleanCodeLine(line, LINE_LENGTH).replaceAll("<!--", "<! --"));
  const runs = shown.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length);
  const fence = "`".repeat(Math.max(2, ...runs) + 1);
  return trusted([`${fence}${language}`, ...shown, fence].join("\n"));
}

/** Pages that would show a back-reference to us: linking them from a report is a ping. */
const PINGING_PATH = /\/(?:issues|pull|pulls|discussions|commit|compare)\//i;

/** A link to a foreign address, or just its label where the address is none that a reader should be sent to. */
export function link(label: string, address: string | null): Markdown {
  const href = address === null ? null : safeAddress(address);
  return href === null ? md`${label}` : trusted(`[${escapeText(label, NAME_LENGTH) || "–"}](${href})`);
}

/** A foreign address as a link that shows itself; as code where it is none that a reader should be sent to. */
export function bareLink(address: string): Markdown {
  const href = safeAddress(address);
  return href === null ? code(address) : trusted(`<${href}>`);
}

/** A link to a page of ours, such as a round's own pull request, where the back-reference is wanted; GitHub links `#7` itself. */
export function ownLink(label: string, address: string): Markdown {
  if (/^#\d{1,9}$/.test(address)) return md`${label} ${trusted(address)}`;
  const href = webAddress(address);
  return href === null ? md`${label}` : trusted(`[${escapeText(label, NAME_LENGTH) || "–"}](${href})`);
}

/** A picture of ours at an address of ours; only its text where the address is not usable. */
export function picture(text: string, address: string): Markdown {
  const href = webAddress(address);
  return href === null ? md`${text}` : trusted(`![${escapeText(text, NAME_LENGTH)}](${href})`);
}

function safeAddress(address: string): string | null {
  const href = webAddress(address);
  return href === null || PINGING_PATH.test(new URL(href).pathname) ? null : href;
}

function webAddress(address: string): string | null {
  if (address.length > 1000 || !URL.canParse(address)) return null;
  const url = new URL(address);
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  if (!isWeb || url.username !== "" || url.password !== "") return null;
  url.hash = "";
  return url.href.replace(/[^A-Za-z0-9\-._/:?=&%+,;]/g, encodeCharacter);
}

function encodeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** The hidden line by which our own text is found again, e.g. `<!-- autoloop:analysis sha256:… -->`. */
export function marker(name: "analysis" | "round" | "proposal" | "status", ...values: string[]): Markdown {
  const safe = values.map((value) => value.replace(/[^A-Za-z0-9:.]/g, ""));
  return trusted(`<!-- ${[`autoloop:${name}`, ...safe].join(" ")} -->`);
}

type Cell = Markdown | string;

export interface Column {
  readonly title: Cell;
  readonly align: "left" | "right";
}

/** A GitHub table. Cells are escaped; what is Markdown already cannot leave its cell either. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): Markdown {
  const head = columns.map(({ title }) => cellSource(title));
  const body = rows.map((row) => row.map(cellSource));
  const align = columns.map((column) => column.align.charAt(0));
  return trusted(markdownTable([head, ...body], { align, stringLength: displayWidth }));
}

// markdown-table escapes neither pipes nor line ends.
function cellSource(cell: Cell): string {
  const source = typeof cell === "string" ? escapeInline(cell) : sourceOf(cell);
  return source.replaceAll("|", "&#124;").replace(/\s+/g, " ");
}
