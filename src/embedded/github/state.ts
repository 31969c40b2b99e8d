import type { Json, JsonObject } from "./json.ts";

/** Everything GitHub knows that is not in git. Plain data: a snapshot is a structured clone. */
export interface GitHubState {
  nextId: number;
  nextNumber: number;
  nextRunNumber: number;
  readonly pulls: Map<number, Pull>;
  readonly comments: Map<number, Comment>;
  readonly reviews: Map<number, Review>;
  readonly reviewComments: Map<number, ReviewComment>;
  readonly reactions: Map<number, Reaction>;
  readonly labels: Map<string, Label>;
  readonly checkRuns: Map<number, CheckRun>;
  readonly runs: Map<number, WorkflowRun>;
  /** Commits that the API signed for a bot. */
  readonly verified: Set<string>;
}

export interface Pull {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string | null;
  state: "open" | "closed";
  draft: boolean;
  readonly author: string;
  /** Owner of the repository that the head branch lives in; another than ours for a fork. */
  readonly headOwner: string;
  readonly headRef: string;
  headSha: string;
  baseRef: string;
  baseSha: string;
  readonly labels: string[];
  /** Logins that were asked and have not answered. */
  requestedReviewers: string[];
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  mergedAt: string | null;
  mergedBy: string | null;
  mergeCommitSha: string | null;
  /** Commits that the merge brought into the base branch. */
  introduced: readonly string[];
  /** Outcome of the last test merge and the two commits it was made of. */
  testMerge: { readonly base: string; readonly head: string; readonly sha: string | null } | null;
}

export interface Comment {
  readonly id: number;
  /** Number of the pull request. */
  readonly issue: number;
  body: string;
  readonly author: string;
  readonly createdAt: string;
  updatedAt: string;
}

export interface Review {
  readonly id: number;
  readonly pull: number;
  readonly author: string;
  state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  readonly body: string;
  /** The head that was looked at. */
  readonly commit: string;
  readonly submittedAt: string;
}

/** A remark on a line of the diff. */
export interface ReviewComment {
  readonly id: number;
  readonly pull: number;
  readonly review: number;
  readonly author: string;
  body: string;
  readonly commit: string;
  readonly path: string;
  /** Null: on the whole file. */
  readonly line: number | null;
  readonly side: "LEFT" | "RIGHT";
  /** The hunk from its beginning to the line. */
  readonly hunk: string;
  readonly inReplyTo: number | null;
  readonly createdAt: string;
  updatedAt: string;
}

export const reactionContents = [
  "+1",
  "-1",
  "laugh",
  "confused",
  "heart",
  "hooray",
  "rocket",
  "eyes",
] as const;

export interface Reaction {
  readonly id: number;
  readonly comment: number;
  readonly author: string;
  readonly content: (typeof reactionContents)[number];
  readonly createdAt: string;
}

export interface Label {
  readonly id: number;
  name: string;
  color: string;
  description: string | null;
}

export interface CheckAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: "notice" | "warning" | "failure";
  readonly message: string;
  readonly title: string | null;
  readonly raw_details: string | null;
}

export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly headSha: string;
  status: string;
  conclusion: string | null;
  startedAt: string | null;
  completedAt: string | null;
  externalId: string;
  detailsUrl: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
  readonly annotations: CheckAnnotation[];
}

export type Conclusion = "success" | "failure" | "cancelled" | "skipped";
export type JobStatus = "queued" | "pending" | "in_progress" | "completed";

export interface WorkflowRun {
  readonly id: number;
  readonly number: number;
  readonly event: string;
  readonly actor: string;
  /** Full ref whose workflow file runs, and the commit it was at. */
  readonly ref: string;
  readonly headSha: string;
  readonly title: string;
  readonly payload: JsonObject;
  readonly inputs: Readonly<Record<string, string>>;
  readonly createdAt: string;
  updatedAt: string;
  status: "queued" | "in_progress" | "completed";
  conclusion: Conclusion | null;
  cancelRequested: boolean;
  readonly jobs: WorkflowJobRun[];
}

export interface StepRun {
  readonly name: string;
  status: "queued" | "in_progress" | "completed";
  conclusion: Conclusion | null;
  startedAt: string | null;
  completedAt: string | null;
  exit: number | null;
}

export interface Annotation {
  readonly level: "error" | "warning" | "notice";
  readonly message: string;
}

export interface WorkflowJobRun {
  readonly id: number;
  /** Key in the workflow file. */
  readonly key: string;
  /** `train (all)` for an entry of a matrix. */
  readonly name: string;
  readonly index: number;
  readonly total: number;
  readonly matrix: Readonly<Record<string, Json>>;
  readonly labels: readonly string[];
  readonly createdAt: string;
  status: JobStatus;
  conclusion: Conclusion | null;
  runner: string | null;
  startedAt: string | null;
  completedAt: string | null;
  steps: StepRun[];
  logFile: string | null;
  summary: string;
  outputs: Record<string, string>;
  readonly annotations: Annotation[];
}

export function emptyState(): GitHubState {
  return {
    nextId: 1000,
    nextNumber: 1,
    nextRunNumber: 1,
    pulls: new Map(),
    comments: new Map(),
    reviews: new Map(),
    reviewComments: new Map(),
    reactions: new Map(),
    labels: new Map(),
    checkRuns: new Map(),
    runs: new Map(),
    verified: new Set(),
  };
}

/** Fills `target` with what `source` held; every holder of `target` sees it. */
export function overwriteState(target: GitHubState, source: GitHubState): void {
  const copy = structuredClone(source);
  target.nextId = copy.nextId;
  target.nextNumber = copy.nextNumber;
  target.nextRunNumber = copy.nextRunNumber;
  refill(target.pulls, copy.pulls);
  refill(target.comments, copy.comments);
  refill(target.reviews, copy.reviews);
  refill(target.reviewComments, copy.reviewComments);
  refill(target.reactions, copy.reactions);
  refill(target.labels, copy.labels);
  refill(target.checkRuns, copy.checkRuns);
  refill(target.runs, copy.runs);
  target.verified.clear();
  for (const sha of copy.verified) target.verified.add(sha);
}

function refill<K, V>(target: Map<K, V>, source: ReadonlyMap<K, V>): void {
  target.clear();
  for (const [key, value] of source) target.set(key, value);
}
