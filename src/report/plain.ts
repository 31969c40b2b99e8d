import { cleanLine } from "./clean.ts";

/**
 * Foreign text as one line for a terminal or a log: nothing that moves the cursor, changes the direction, or that the
 * Actions runner would take for a workflow command.
 */
export function plainLine(text: string, max = 2000): string {
  return cleanLine(text, max).replace(/^::/, ": :").replaceAll("##[", "# #[");
}

/** `[a-z0-9.-]`, not empty, no dot or dash at either end. */
export function slug(text: string, max = 60): string {
  const words = cleanLine(text, 2000)
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/\.{2,}/g, ".");
  const trimmed = words.slice(0, max).replace(/^[-.]+|[-.]+$/g, "");
  return trimmed === "" ? "untitled" : trimmed;
}

const SUBJECTS = {
  propose: "autoloop: propose",
  refresh: "autoloop: refresh",
  report: "autoloop: report",
  record: "autoloop: record",
  merge: "autoloop: merge",
  "follow-up": "autoloop: follow up",
  "set-up": "autoloop: set up",
} as const;

/**
 * A commit subject: a fixed sentence and a slug. Brackets and colons cannot get in, so neither can a skip token
 * (`[skip ci]`) nor a trailer, which would keep the push of a merge from starting anything.
 */
export function commitSubject(what: keyof typeof SUBJECTS, subject: string): string {
  return `${SUBJECTS[what]} ${slug(subject)}`;
}

/** A commit message of a round: the subject, and trailers by which the round is found with nothing but `git log`. */
export function roundMessage(
  what: keyof typeof SUBJECTS,
  { round, manifest, subject = round }: { round: string; manifest?: string; subject?: string },
): string {
  const trailers = [`${ROUND_TRAILER}: ${slug(round)}`];
  if (manifest !== undefined) trailers.push(`Autoloop-Manifest: sha256:${slug(manifest, 64)}`);
  return `${commitSubject(what, subject)}\n\n${trailers.join("\n")}`;
}

const ROUND_TRAILER = "Autoloop-Round";

/** Whether a commit message is one of `roundMessage` for that round. */
export function isOfRound(message: string, round: string): boolean {
  return message.split("\n").includes(`${ROUND_TRAILER}: ${round}`);
}
