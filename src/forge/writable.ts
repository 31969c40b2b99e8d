import { AutoloopError } from "../errors.ts";
import type { FileChanges } from "./forge.ts";

/** What a repository runs by itself. Compared in lower case: some file systems know no other. */
const RUNS_BY_ITSELF = new Set([".git", ".github"]);
const RUNS_AT_ROOT = new Set(["action.yml", "action.yaml", "dist"]);

/** A path below the root, written in one way only, on every system. */
export function isInside(path: string): boolean {
  const parts = path.split("/");
  return !/[\\\p{Cc}]/u.test(path) && parts.every((part) => part !== "" && part !== "." && part !== "..");
}

/** Whether git, Actions or a workflow of this repository would run what lies there. */
export function isCode(path: string): boolean {
  const parts = path.toLowerCase().split("/");
  return parts.some((part) => RUNS_BY_ITSELF.has(part)) || RUNS_AT_ROOT.has(parts[0] ?? "");
}

/**
 * What a commit of ours may hold: new contents for files that nothing runs. Taking away is no harm: it only ever takes away what
 * an earlier attempt left on a branch of ours.
 * @throws AutoloopError `input.path`.
 */
export function checkWritable(files: FileChanges): void {
  for (const [path, content] of files) {
    if (isInside(path) && (content === null || !isCode(path))) continue;
    throw new AutoloopError("input.path", {
      what: `autoloop does not write ${JSON.stringify(path)}: it is no plain path, or a place from which git or Actions run code.`,
      next: "Correct `paths` in the settings, or take that file out of the round's branch.",
    });
  }
}
