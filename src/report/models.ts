import type { JsonObject } from "../json.ts";
import type { RunAnalysis } from "../judgement/analysis.ts";
import type { Finding } from "../judgement/findings.ts";
import type { RuleRecord } from "../judgement/prediction-record.ts";
import type { Prediction } from "../judgement/prescription.ts";
import type { MetricSummary } from "../judgement/summary.ts";
import type { Text } from "../judgement/texts.ts";
import type { ConfigFix } from "../judgement/trainer-fix.ts";
import type { Manifest } from "../rounds/manifest.ts";
import type { Outcome, OutcomeKind } from "../rounds/outcome.ts";
import type { Retention } from "../rounds/retention.ts";

/** A rule's promise beside what was logged. */
export interface PredictionCheck {
  readonly prediction: Prediction;
  /** null: the trial did not log the metric often enough. `margin`: two standard errors of that mean. */
  readonly observed: { readonly value: number; readonly margin: number; readonly inside: boolean } | null;
}

/** Difference of eval L1 against a trial that may be compared with it (equal conditions); below `floor` it is noise. */
export interface Comparison {
  readonly against: string;
  readonly delta: number;
  readonly floor: number;
  /** Last step that was compared, where one of the two has no evaluation after it; null: both were trained to their end. */
  readonly upTo: number | null;
}

/** One trial as a round's report shows it: its latest attempt. */
export interface TrialReport {
  readonly trial: string;
  readonly variant: string;
  readonly seed: number;
  readonly attempt: number;
  /** Steps in all that the attempt was to reach, where those are not the round's. */
  readonly steps?: number;
  /** null: it has not ended, or was never started. */
  readonly outcome: Outcome | null;
  readonly analysis: RunAnalysis | null;
  readonly check: PredictionCheck | null;
  readonly comparison: Comparison | null;
}

/** How much was used of what may be used; `limit` null: as much as it takes. Hours are of devices. */
export interface Allowance {
  readonly spent: number;
  readonly limit: number | null;
}

export interface BudgetView {
  readonly tonight: Allowance;
  readonly inAll: Allowance;
  /** Rounds begun tonight. */
  readonly rounds: Allowance;
  /** `22:00-08:00 Asia/Shanghai`; null: training may start at any hour. */
  readonly hours: string | null;
  /** When the hours begin again (ISO 8601); null: training may start now. */
  readonly nextOpening: string | null;
  /** Median of the trials so far; null: never measured. */
  readonly hoursPerTrial: number | null;
}

/** Rounds that one merge approved beforehand, seen from one of them. */
export interface CampaignView {
  /** The round that was merged. */
  readonly approving: string;
  /** 0: that round itself; 1: the first that follows. */
  readonly place: number;
  /** How many follow so far. */
  readonly begun: number;
  readonly rounds: number;
  readonly hours: Allowance;
  /** ISO 8601. */
  readonly until: string;
  /** Slug of why no more follow; null: it goes on. */
  readonly end: string | null;
}

/** How one attempt of a trial ended. */
export interface AttemptEnd {
  readonly trial: string;
  readonly attempt: number;
  /** Attempts of this trial. */
  readonly of: number;
  readonly outcome: OutcomeKind;
  readonly reason: string | null;
  readonly step: number | null;
  /** Steps in all that it was to reach. */
  readonly steps: number;
  readonly deviceHours: number;
  /** Step that it went on from; null: it began anew. */
  readonly resumedFrom: number | null;
  /** Why the box could not begin it; null: it did, or something else kept it from that. */
  readonly refused?: string | null;
}

/** A variant that a reviewer changed before the merge. */
export interface ReviewedVariant {
  readonly variant: string;
  /** As proposed; null: not known any more. */
  readonly from: JsonObject | null;
  readonly to: JsonObject;
}

/** What a round brought, for the report. */
export interface RoundReport {
  readonly manifest: Manifest;
  readonly reviewed: readonly ReviewedVariant[];
  readonly trials: readonly TrialReport[];
  /** Every attempt that has ended, in the order of the trials. */
  readonly attempts?: readonly AttemptEnd[];
  readonly campaign?: CampaignView | null;
  readonly budget?: BudgetView;
  /** What the runs without OT say of OT. */
  readonly controls?: readonly Text[];
  /** How all checked predictions came out so far, per rule; this round's are in it. */
  readonly record: readonly RuleRecord[];
  readonly next: readonly Text[];
}

export interface Complaint {
  /** Config path, `""` for the whole file. */
  readonly path: string;
  readonly message: Text;
}

/** Would the trainer accept this file? `hash` is null where no canonical config could be made of it. */
export interface CheckedFile {
  readonly path: string;
  readonly launchable: boolean;
  readonly errors: readonly Complaint[];
  readonly warnings: readonly Complaint[];
  readonly hash: string | null;
}

export interface CheckResult {
  readonly fork: string;
  readonly files: readonly CheckedFile[];
}

/** A corrected copy beside a file that was checked. */
export interface FixedFile {
  readonly path: string;
  readonly copy: string;
  readonly fixes: readonly ConfigFix[];
  /** `present`: an earlier call wrote the same. `other`: something else stands there and was left alone. */
  readonly state: "written" | "present" | "other" | "unwritable";
  /** What kept it from being written. */
  readonly why?: string;
  /** What the trainer would still refuse of the corrected text. */
  readonly errors: readonly Complaint[];
}

/** What a reviewer wants to know of one variant beyond the manifest. */
export interface VariantView {
  /** Variant id of the manifest. */
  readonly id: string;
  readonly config: JsonObject;
  /** null for a template of the seed round. */
  readonly parent: ParentView | null;
  /** T = reg + tau_src + tau_tgt; null where OT is off or unbalanced in another way. */
  readonly temperature: number | null;
  readonly check: CheckedFile;
  /** The findings that the variant answers. */
  readonly findings: readonly Finding[];
  /** How earlier predictions of its rule came out; null: none was checked yet. */
  readonly record: RuleRecord | null;
  /** A person changed the file on the round's branch. `from`: as proposed; null: not known any more. */
  readonly edited: { readonly by: string | null; readonly from: JsonObject | null } | null;
}

export interface ParentView {
  readonly label: string;
  readonly url: string | null;
  readonly config: JsonObject;
  /** null where the parent was never run. */
  readonly summary: ReadonlyMap<string, MetricSummary> | null;
  /** Pictures of its curves. */
  readonly pictures: readonly Picture[];
}

export interface Picture {
  readonly text: string;
  readonly url: string;
}

/** A round before anybody approved it. */
export interface RoundProposal {
  readonly manifest: Manifest;
  /** sha256 of the manifest file's bytes, hex. */
  readonly manifestSha256: string;
  readonly variants: readonly VariantView[];
  readonly warnings: readonly Text[];
  readonly budget?: BudgetView;
  /** How far the loop goes by itself: what a merge brings about. */
  readonly mode: "report" | "propose" | "train";
}

export type TrialState = OutcomeKind | "waiting" | "queued" | "running" | "stopping" | "skipped";
/** `unfinished`: nothing of it is under way, and more is to come. */
export type RoundState = "proposed" | "approved" | "training" | "unfinished" | "done" | "refused";

/** Why nothing goes on at the moment. */
export type Obstacle =
  | { readonly kind: "needs-merge" | "reverted"; readonly round: string }
  | { readonly kind: "paused"; readonly by: string }
  | { readonly kind: "outside-window"; readonly window: string }
  /** `what`: of the night, of all, of rounds, or of the rounds that were approved beforehand. */
  | { readonly kind: "budget-spent"; readonly what: "night" | "all" | "rounds" | "campaign" }
  | { readonly kind: "does-not-fit" }
  | { readonly kind: "campaign-over" }
  | { readonly kind: "report-only"; readonly mode: string }
  /** Claimed, and no runner took it yet. */
  | { readonly kind: "waits-for-runner"; readonly dispatch: string }
  /** It was cancelled a moment ago, and goes on by itself after a while. */
  | { readonly kind: "rests"; readonly round: string }
  /** The box looked at itself before a launch and cannot train; `why` also says what to do. */
  | { readonly kind: "refused"; readonly round: string; readonly why: string }
  /** Its pull request was closed without merge, and nobody asked for another round. */
  | { readonly kind: "needs-propose"; readonly round: string }
  | { readonly kind: "nothing-to-gain" }
  | { readonly kind: "other"; readonly text: Text };

export interface TrialStatus {
  readonly trial: string;
  readonly attempt: number;
  readonly state: TrialState;
  readonly step: number | null;
  readonly steps: number | null;
  readonly evalL1: number | null;
  readonly device: string | null;
  /** Slug of the cause of its end. */
  readonly reason: string | null;
  /** Number of the attempt that begins next although this one has ended; null: none does. */
  readonly next: number | null;
}

export interface RoundStatus {
  readonly round: string;
  readonly state: RoundState;
  readonly pullRequest: string | null;
  /** Given: one merge approved it together with others. */
  readonly campaign?: CampaignView | null;
  readonly trials: readonly TrialStatus[];
}

/** What somebody asked for in a comment, as it was understood. */
export interface RequestView {
  readonly at: string;
  readonly by: string;
  readonly what:
    | "rerun"
    | "extended"
    | "stop-requested"
    | "skipped"
    | "paused"
    | "resumed"
    | "propose-requested";
  /** Trials or variants. */
  readonly names: readonly string[];
  /** Of an extension. */
  readonly steps: number | null;
}

/** What goes on, and why nothing does. */
export interface StatusReport {
  readonly rounds: readonly RoundStatus[];
  readonly obstacles: readonly Obstacle[];
  /** The newest ones, the newest last. */
  readonly requests: readonly RequestView[];
  readonly budget?: BudgetView;
  /** ISO time of the last wake-up; null when there never was one. */
  readonly heartbeat: string | null;
}

/** One folder of checkpoints on the box. */
export interface PrunedFolder {
  readonly path: string;
  readonly trial: string;
  readonly attempts: readonly number[];
  readonly bytes: number;
  readonly keep: boolean;
  readonly why: Retention["why"];
  readonly removed: boolean;
}

export interface PruneReport {
  /** null: no round was ever proposed here, so this machine keeps nothing of it. */
  readonly stateDir: string | null;
  /** It was asked for; else it is only shown. */
  readonly removing: boolean;
  readonly folders: readonly PrunedFolder[];
}
