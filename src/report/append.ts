import { AutoloopError } from "../errors.ts";
import type { Language } from "../judgement/texts.ts";
import type { Section } from "./section.ts";
import { voiceIn } from "./voice.ts";

type Appended = { readonly kind: "unchanged" } | { readonly kind: "appended"; readonly bytes: Uint8Array };

interface AppendOptions {
  /** The report as it is; null when there is none yet. */
  readonly existing: Uint8Array | null;
  readonly section: Section;
  /** Of the title, when the file is new. */
  readonly language: Language;
}

/**
 * The report with one more section at its end. Not a byte of what is there changes; a section whose marker is there
 * already is not written again. Line ends follow the file. Throws `report.encoding` when the file is not UTF-8.
 */
export function appendSection({ existing, section, language }: AppendOptions): Appended {
  const text = decoded(existing ?? new Uint8Array());
  if (lines(text).includes(section.marker)) return { kind: "unchanged" };

  const isNew = text.trim() === "";
  const addition = isNew
    ? `# ${voiceIn(language).plain("document.title")}\n\n${section.text}\n`
    : `${gapAfter(text)}${section.text}\n`;
  const bytes = new TextEncoder().encode(
    hasWindowsLines(text) ? addition.replace(/\r?\n/g, "\r\n") : addition,
  );
  return { kind: "appended", bytes: Buffer.concat([existing ?? new Uint8Array(), bytes]) };
}

/** The language that the report is written in; null when nothing is there to tell it from. */
export function detectLanguage(existing: Uint8Array | null): Language | null {
  const text = existing === null ? "" : new TextDecoder().decode(existing);
  const chinese = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const words = text.match(/[A-Za-z]{2,}/g)?.length ?? 0;
  if (chinese + words < 5) return null;
  // Paths, metric names and addresses are Latin in a Chinese report too: a twentieth of it is enough.
  return chinese * 20 > words ? "zh" : "en";
}

/** Ends the last line if it has no end, and leaves one empty line. */
function gapAfter(text: string): string {
  if (/\n[ \t]*\r?\n$/.test(text)) return "";
  return text.endsWith("\n") ? "\n" : "\n\n";
}

function hasWindowsLines(text: string): boolean {
  const windows = text.match(/\r\n/g)?.length ?? 0;
  const all = text.match(/\n/g)?.length ?? 0;
  return windows * 2 > all;
}

function lines(text: string): string[] {
  return text.split(/\r?\n/);
}

function decoded(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch (cause) {
    throw notUtf8(cause);
  }
  throw notUtf8(undefined);
}

function notUtf8(cause: unknown): AutoloopError {
  return new AutoloopError("report.encoding", {
    what: "The report is not a UTF-8 text, so nothing was appended to it.",
    next: "Convert the file to UTF-8 (or name another one under `paths` in the settings) and run again.",
    cause,
  });
}
