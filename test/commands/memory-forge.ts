import { createHash } from "node:crypto";
import type { Forge, Permission, Pull, TreeFile, WorkflowRun } from "../../src/forge/forge.ts";
import { checkWritable } from "../../src/forge/writable.ts";

interface Commit {
  readonly parents: readonly string[];
  readonly files: ReadonlyMap<string, TreeFile>;
  readonly message: string;
  readonly author: string;
}

/** What happens to the n-th write from now, and it is the last one: it is not done, or it is done and nobody hears so. */
export interface Crash {
  readonly write: number;
  readonly when: "before" | "after";
}

/** A forge that is a few maps: enough to run the loop's own commands a thousand times a minute. */
export function memoryForge(files: Readonly<Record<string, string>>) {
  const blobs = new Map<string, Uint8Array>();
  const commits = new Map<string, Commit>();
  const refs = new Map<string, string>();
  const pulls = new Map<number, Pull>();
  const runs: (WorkflowRun & { readonly dispatch: string })[] = [];
  const comments: string[] = [];
  let crash: Crash | null = null;

  const put = (content: Uint8Array | string): string => {
    const bytes = Buffer.from(content);
    const sha = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
    blobs.set(sha, bytes);
    return sha;
  };
  const commit = (made: Commit): string => {
    const sha = createHash("sha1")
      .update(JSON.stringify([made.parents, [...made.files], made.message, commits.size]))
      .digest("hex");
    commits.set(sha, made);
    return sha;
  };
  const isAncestor = (ancestor: string, of: string): boolean => {
    const seen = new Set<string>();
    const open = [of];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === ancestor) return true;
      if (!seen.has(next)) open.push(...(commits.get(next)?.parents ?? []));
      seen.add(next);
    }
    return false;
  };
  const first = new Map(
    Object.entries(files).map(([path, text]) => [path, { blob: put(text), mode: "100644" }]),
  );
  refs.set("main", commit({ parents: [], files: first, message: "first", author: "ana" }));

  /** Every write goes through here. */
  const write = async <Value>(act: () => Value): Promise<Value> => {
    await Promise.resolve();
    if (crash !== null) crash = { ...crash, write: crash.write - 1 };
    if (crash === null || crash.write > 0) return act();
    if (crash.write === 0 && crash.when === "after") act();
    throw new Error("crash");
  };
  const pullOf = (number: number): Pull => {
    const found = pulls.get(number);
    if (!found) throw new Error(`no pull request ${number}`);
    const sha = refs.get(found.head.branch) ?? found.head.sha;
    return found.state === "open" ? { ...found, head: { ...found.head, sha } } : found;
  };
  const headOf = (branch: string): Commit | undefined => commits.get(refs.get(branch) ?? "");

  const forge: Forge = {
    reader: {
      repository: "lab/policies",
      defaultBranch: async () => "main",
      head: async (branch) => refs.get(branch) ?? null,
      glance: async ({ beside }) => ({
        branch: "main",
        commit: refs.get("main") ?? null,
        beside: refs.get(beside) ?? null,
      }),
      tree: async (ref) => {
        const sha = "commit" in ref ? ref.commit : refs.get(ref.branch);
        const found = commits.get(sha ?? "");
        if (!sha || !found) return null;
        const modules = [...found.files].filter(([, { mode }]) => mode === "160000");
        return {
          commit: sha,
          files: new Map([...found.files].filter(([, { mode }]) => mode !== "160000")),
          submodules: new Map(modules.map(([path, { blob }]) => [path, blob])),
        };
      },
      blobs: async (shas) => new Map([...shas].map((sha) => [sha, blobs.get(sha) ?? new Uint8Array()])),
      commit: async (sha) => commits.get(sha) ?? null,
      isMerged: async (sha) => isAncestor(sha, refs.get("main") ?? ""),
      // The newest is the last that was made.
      mergeBase: async (one, other) =>
        [...commits.keys()].findLast((sha) => isAncestor(sha, one) && isAncestor(sha, other)) ?? null,
    },
    writer: {
      commit: ({ branch, parent, create = parent === null, merging, files: changes, message }) =>
        write(() => {
          checkWritable(changes);
          const now = refs.get(branch);
          if (create ? now !== undefined : now !== parent) return { kind: "lost-the-race" };
          const tree = new Map(commits.get(merging ?? parent ?? "")?.files ?? []);
          for (const [path, content] of changes) {
            if (content === null) tree.delete(path);
            else tree.set(path, { blob: put(content), mode: "100644" });
          }
          const parents = [parent, merging].filter((sha) => sha != null);
          const sha = commit({ parents, files: tree, message, author: "autoloop" });
          refs.set(branch, sha);
          return { kind: "moved", commit: sha };
        }),
    },
    pulls: {
      get: async (number) => pullOf(number),
      fromBranch: async (branch) =>
        [...pulls.keys()]
          .reverse()
          .map(pullOf)
          .filter(({ head }) => head.branch === branch),
      open: ({ branch, base, title, body }) =>
        write(() => {
          const known = [...pulls.keys()]
            .map(pullOf)
            .find((pull) => pull.head.branch === branch && pull.state === "open");
          if (known) return known;
          const number = pulls.size + 1;
          const head = { branch, sha: refs.get(branch) ?? "", sameRepository: true };
          const closed = { mergeCommit: null, mergedBy: null, mergedByBot: false, merged: false, labels: [] };
          pulls.set(number, {
            ...closed,
            number,
            url: `pull/${number}`,
            state: "open",
            title,
            body,
            head,
            base,
          });
          return pullOf(number);
        }),
      update: (number, change) =>
        write(() => {
          pulls.set(number, { ...pullOf(number), ...change });
        }),
    },
    people: {
      me: async () => "autoloop",
      permission: async (login): Promise<Permission> => (login === "ana" ? "write" : "none"),
    },
    conversation: {
      reply: (pull, body) => write(() => void comments.push(`${pull}: ${body}`)),
      react: async () => undefined,
      replyOnce: async ({ pull, marker, body }) => {
        if (!comments.some((comment) => comment.startsWith(`${pull}: ${marker}`)))
          await write(() => void comments.push(`${pull}: ${body}`));
        return { kind: "said" };
      },
      keep: async () => undefined,
    },
    display: {
      label: async () => undefined,
      requestReviewers: async () => undefined,
      check: async () => undefined,
    },
    workflows: {
      dispatch: ({ dispatch = "" }) =>
        write(() => {
          const title = `autoloop train ${dispatch}`;
          runs.unshift({ id: runs.length + 1, url: "", title, status: "queued", started: null, dispatch });
        }),
      runs: async () => [...runs],
      cancel: async () => undefined,
    },
  };
  return {
    forge,
    pulls,
    runs,
    comments,
    crashAt: (at: Crash | null) => {
      crash = at;
    },
    text: (branch: string, path: string) =>
      Buffer.from(blobs.get(headOf(branch)?.files.get(path)?.blob ?? "") ?? []).toString("utf8"),
    tree: (branch: string): Commit["files"] => headOf(branch)?.files ?? new Map(),
    paths: (branch: string) => [...(headOf(branch)?.files.keys() ?? [])],
    /** A person commits to a branch. */
    push: (
      branch: string,
      changes: Readonly<Record<string, string>>,
      { author = "ana", mode = "100644" } = {},
    ) => {
      const tree = new Map(headOf(branch)?.files ?? []);
      for (const [path, text] of Object.entries(changes)) tree.set(path, { blob: put(text), mode });
      const sha = commit({ parents: [refs.get(branch) ?? ""], files: tree, message: "Change", author });
      refs.set(branch, sha);
    },
    /** A person presses "Update branch". What only the branch changed stays. */
    updateBranch: (branch: string, by = "ana") => {
      const [main = "", head = ""] = [refs.get("main"), refs.get(branch)];
      const fork =
        [...commits.keys()].findLast((sha) => isAncestor(sha, main) && isAncestor(sha, head)) ?? "";
      const tree = new Map(commits.get(main)?.files ?? []);
      for (const [path, file] of commits.get(head)?.files ?? []) {
        if (commits.get(fork)?.files.get(path)?.blob !== file.blob) tree.set(path, file);
      }
      refs.set(branch, commit({ parents: [head, main], files: tree, message: "Merge main", author: by }));
    },
    /** A person presses the button. What only the branch changed comes along. */
    merge: (number: number, by = "ana") => {
      const pull = pullOf(number);
      const [main = "", head = ""] = [refs.get("main"), refs.get(pull.head.branch)];
      const tree = new Map([...(commits.get(main)?.files ?? []), ...(commits.get(head)?.files ?? [])]);
      const sha = commit({ parents: [main, head], files: tree, message: "Merge", author: by });
      refs.set("main", sha);
      pulls.set(number, { ...pull, state: "closed", merged: true, mergeCommit: sha, mergedBy: by });
    },
    removeBranch: (branch: string) => refs.delete(branch),
    finish: (dispatch: string) => {
      const at = runs.findIndex((run) => run.dispatch === dispatch);
      const found = runs[at];
      if (found) runs[at] = { ...found, status: "completed" };
    },
  };
}
