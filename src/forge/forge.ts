/** The ports to where repositories, pull requests and comments live. Each user of the forge asks for the part it needs. */

export type Sha = string;

/** An orphan branch, beside those that people work on. */
export const LEDGER_BRANCH = "autoloop/ledger";

export interface TreeFile {
  readonly blob: Sha;
  /** `100644`, `100755`, `120000` (a symbolic link), … */
  readonly mode: string;
}

/** The files of one commit. */
export interface Tree {
  readonly commit: Sha;
  readonly files: ReadonlyMap<string, TreeFile>;
  /** Other repositories that it names, with the commit of each: nothing of theirs is here. */
  readonly submodules: ReadonlyMap<string, Sha>;
}

/** There is no commit yet. */
export const EMPTY_TREE: Tree = { commit: "", files: new Map(), submodules: new Map() };

/** Where the loop's branches are. null: there is no commit yet. */
export interface Glance {
  /** The default branch. */
  readonly branch: string;
  readonly commit: Sha | null;
  readonly beside: Sha | null;
}

export interface CommitView {
  /** Who made it, as far as the forge knows. */
  readonly author: string | null;
  readonly message: string;
  readonly parents: readonly Sha[];
}

export interface RepositoryReader {
  /** `owner/name`. */
  readonly repository: string;
  readonly defaultBranch: () => Promise<string>;
  /** The default branch and one beside it, at once. `files` of the default branch may be fetched along: they are read next. */
  readonly glance: (wanted: { beside: string; files: readonly string[] }) => Promise<Glance>;
  /**
   * Where a branch is; null when there is none. Cheap enough to be asked every few seconds for days.
   * @throws AutoloopError `forge.token-expired`.
   */
  readonly head: (branch: string) => Promise<Sha | null>;
  /** The files of a branch or commit; null when there is no such branch. */
  readonly tree: (ref: { branch: string } | { commit: Sha }) => Promise<Tree | null>;
  readonly blobs: (shas: Iterable<Sha>) => Promise<ReadonlyMap<Sha, Uint8Array>>;
  /** Null when there is none. */
  readonly commit: (sha: Sha) => Promise<CommitView | null>;
  /** Whether `commit` is in the history of the default branch. */
  readonly isMerged: (commit: Sha) => Promise<boolean>;
  /** The newest commit that is in the history of both; null when there is none. */
  readonly mergeBase: (one: Sha, other: Sha) => Promise<Sha | null>;
}

/** Contents by path; null removes the file. */
export type FileChanges = ReadonlyMap<string, Uint8Array | string | null>;

export type Committed =
  | { readonly kind: "moved"; readonly commit: Sha }
  | { readonly kind: "lost-the-race" }
  | { readonly kind: "refused"; readonly reason: string };

export interface BranchWriter {
  /**
   * Commits changes on top of `parent` and moves the branch there by fast-forward only. `parent: null` creates the branch with an
   * orphan commit. `refused`: the branch is protected.
   */
  readonly commit: (change: {
    branch: string;
    parent: Sha | null;
    /** The branch does not exist yet and starts at `parent`. */
    create?: boolean;
    /** Another commit whose history is taken in: the changes are made to its files, not to those of `parent`. */
    merging?: Sha;
    files: FileChanges;
    message: string;
  }) => Promise<Committed>;
}

export interface Pull {
  readonly number: number;
  readonly url: string;
  readonly state: "open" | "closed";
  readonly merged: boolean;
  readonly title: string;
  readonly body: string;
  readonly head: { readonly branch: string; readonly sha: Sha; readonly sameRepository: boolean };
  readonly base: string;
  readonly mergeCommit: Sha | null;
  readonly mergedBy: string | null;
  /** A program pressed the button. */
  readonly mergedByBot: boolean;
  readonly labels: readonly string[];
}

export interface Pulls {
  readonly get: (number: number) => Promise<Pull>;
  /** Pull requests from a branch of this repository, the newest first. */
  readonly fromBranch: (branch: string) => Promise<readonly Pull[]>;
  readonly open: (pull: { branch: string; base: string; title: string; body: string }) => Promise<Pull>;
  readonly update: (
    number: number,
    change: { title?: string; body?: string; state?: "closed" },
  ) => Promise<void>;
}

/** What only decorates a round: nothing is ever read back from it to decide anything. */
export interface Display {
  readonly label: (pull: number, labels: readonly string[]) => Promise<void>;
  readonly requestReviewers: (
    pull: number,
    reviewers: { readonly people: readonly string[]; readonly teams: readonly string[] },
  ) => Promise<void>;
  /** One check of that name on that commit, made or brought up to date. */
  readonly check: (check: Check) => Promise<void>;
}

export interface Check {
  readonly commit: Sha;
  readonly name: string;
  /** null: it goes on. */
  readonly conclusion: "success" | "neutral" | "failure" | null;
  readonly title: string;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

export interface Annotation {
  readonly path: string;
  readonly level: "notice" | "warning" | "failure";
  readonly title: string;
  readonly message: string;
}

export type Permission = "admin" | "write" | "read" | "none";

export interface People {
  /** The account that we write as, named like the author of a commit. */
  readonly me: () => Promise<string>;
  /** What the forge itself says; anything unclear is `none`. */
  readonly permission: (login: string) => Promise<Permission>;
}

export type Said = { readonly kind: "said" } | { readonly kind: "refused"; readonly reason: string };

export interface Conversation {
  readonly reply: (pull: number, body: string) => Promise<void>;
  /**
   * A reply that a job may have left before it died: found again by the marker that its text begins with. What the forge does not
   * let us say, now or later, comes back as a refusal; what may work in a moment is thrown.
   */
  readonly replyOnce: (comment: { pull: number; marker: string; body: string }) => Promise<Said>;
  /**
   * Keeps one comment of ours up to date: found again by its author and by the marker that its text begins with. Nothing is
   * written when it says that already. A forge without comments keeps none.
   */
  readonly keep: (comment: { pull: number; marker: string; body: string }) => Promise<void>;
  readonly react: (comment: number, reaction: "rocket" | "confused") => Promise<void>;
}

export interface WorkflowRun {
  readonly id: number;
  readonly url: string;
  /** `autoloop train <dispatch>`: the run-name of the workflow. */
  readonly title: string;
  readonly status: "queued" | "running" | "completed";
  /** When it was asked for, the last time (ISO 8601); null: nobody tells. */
  readonly started: string | null;
}

export interface Workflows {
  readonly dispatch: (inputs: Readonly<Record<string, string>>) => Promise<void>;
  /** Newest first; enough to find every dispatch that is still open. */
  readonly runs: () => Promise<readonly WorkflowRun[]>;
  /** Asks for the end of a run; one that is over stays so. */
  readonly cancel: (run: number) => Promise<void>;
}

export interface Forge {
  readonly reader: RepositoryReader;
  readonly writer: BranchWriter;
  readonly pulls: Pulls;
  readonly people: People;
  readonly conversation: Conversation;
  readonly display: Display;
  readonly workflows: Workflows;
}
