import { createHash } from "node:crypto";
import { AutoloopError } from "../errors.ts";

const SLUG = /[^a-z0-9.-]+/g;
const FILE_STEM = /^[a-z0-9][a-z0-9._-]{0,74}$/;

/** `0001` follows nothing, `0008` follows `0007`. */
export function nextRound(rounds: Iterable<string>): string {
  const last = Math.max(0, ...[...rounds].map(Number));
  return String(last + 1).padStart(4, "0");
}

/** The letter of the n-th variant of a round: a, b, … z. */
export function variantId(round: string, index: number): string {
  if (index > 25) {
    throw new AutoloopError("input.too-many-variants", {
      what: `Round ${round} would have more than 26 variants.`,
      next: "Narrow `templates` in the settings to the configurations that should be tried first.",
    });
  }
  return `${round}${String.fromCharCode(97 + index)}`;
}

export function trialId(variant: string, seed: number): string {
  return `${variant}-s${seed}`;
}

/** What makes two trials the same training. */
export function trialIdentity({ hash, seed, steps }: { hash: string; seed: number; steps: number }): string {
  return `${hash}:${seed}:${steps}`;
}

/** What a trial id says: `0002b-s42` → variant `0002b`, seed 42. Ids are ours; file names are never parsed. */
export function parseTrialId(id: string): { round: string; variant: string; seed: number } | null {
  const match = /^((\d{4})[a-z])-s(\d+)$/.exec(id);
  return match?.[1] && match[2] ? { round: match[2], variant: match[1], seed: Number(match[3]) } : null;
}

/** Any text as part of a file name: lower case, `[a-z0-9.-]`, at most `length` characters. */
export function slug(text: string, length = 24): string {
  return text
    .toLowerCase()
    .replace(SLUG, "-")
    .replace(/\.{2,}/g, ".")
    .slice(0, length)
    .replace(/^[.-]+|[.-]+$/g, "");
}

/**
 * `<family>_r<round><letter>_<signal>_<hash6>`: for people, nothing is parsed out of it. The family is inherited, so names
 * never grow with the generations. With `.json` at most 80 characters.
 */
export function variantStem(parts: { family: string; id: string; signal: string; hash: string }): string {
  const tail = `_r${parts.id}_`;
  const hash = `_${parts.hash.slice(0, 6)}`;
  const signal = slug(parts.signal);
  const family = parts.family.slice(0, 75 - tail.length - signal.length - hash.length);
  const stem = `${family}${tail}${signal}${hash}`;
  if (!FILE_STEM.test(stem)) {
    throw new AutoloopError("settings.family", {
      what: `"${parts.family}" cannot begin a file name.`,
      next: "Set `family` to lower-case letters, digits, dots, dashes and underscores.",
    });
  }
  return stem;
}

/**
 * The W&B run id of an attempt, known before it starts so that nothing has to be scraped from logs. It begins with a letter
 * because the trainer parses flag values as JSON and would read `1e234567` as infinity.
 */
export function wandbRunId(attempt: { repository: string; trial: string; attempt: number }): string {
  const { repository, trial, attempt: number } = attempt;
  return `a${createHash("sha256")
    .update(JSON.stringify([repository, trial, number]))
    .digest("hex")
    .slice(0, 9)}`;
}

/** Identity of a claim: equal for equal content, so a claim made twice by a race is one claim. */
export function dispatchId(claim: {
  round: string;
  trials: readonly { id: string; attempt: number }[];
}): string {
  const content = JSON.stringify([claim.round, claim.trials.map(({ id, attempt }) => [id, attempt])]);
  return `${claim.round}-${createHash("sha256").update(content).digest("hex").slice(0, 8)}`;
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
