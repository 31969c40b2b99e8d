import type { GitDir } from "./run.ts";

export const ZERO = "0".repeat(40);

export interface Ref {
  /** Full name, e.g. `refs/heads/main`. */
  readonly name: string;
  readonly sha: string;
  readonly type: string;
}

/** One moved ref; `ZERO` stands for "did not exist". */
export interface RefChange {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

export async function listRefs(git: GitDir, prefix = ""): Promise<Ref[]> {
  const text = await git.text(["for-each-ref", "--format=%(objectname) %(objecttype) %(refname)"]);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [sha = "", type = "", ...name] = line.split(" ");
      return { sha, type, name: name.join(" ") };
    })
    .filter((ref) => ref.name.startsWith(prefix));
}

/** Moves a ref only if it still is at `before`: git's own compare-and-swap decides the race. */
export async function swapRef(git: GitDir, change: RefChange): Promise<"moved" | "lost-the-race"> {
  const { ref, before, after } = change;
  const args = after === ZERO ? ["-d", "--", ref, before] : ["--", ref, after, before];
  const result = await git.run(["update-ref", "--no-deref", ...args], { answers: [1, 128] });
  if (result.code === 0) return "moved";
  if (/cannot lock ref|reference (already exists|is missing)|File exists/i.test(result.stderr))
    return "lost-the-race";
  throw new Error(`git update-ref ${ref}: ${result.stderr.trim()}`);
}

export async function isValidRefName(git: GitDir, name: string): Promise<boolean> {
  return (await git.run(["check-ref-format", name], { answers: [1] })).code === 0;
}

/** Puts every ref to where `refs` says and deletes the others. */
export async function replaceRefs(git: GitDir, refs: readonly Ref[]): Promise<void> {
  const wanted = new Map(refs.map((ref) => [ref.name, ref.sha]));
  const doomed = (await listRefs(git)).filter((ref) => !wanted.has(ref.name));
  const lines = [
    ...doomed.map((ref) => `delete ${ref.name}\n`),
    ...refs.map((ref) => `update ${ref.name} ${ref.sha}\n`),
  ];
  await git.run(["update-ref", "--stdin"], { input: lines.join("") });
}
