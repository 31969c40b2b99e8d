import type { Json, JsonObject } from "../json.ts";
import type { RuleSetName } from "../judgement/analysis.ts";
import { applyEdits } from "../judgement/apply-edits.ts";
import type { Prescription } from "../judgement/prescription.ts";
import type { Text } from "../judgement/texts.ts";
import { text } from "../judgement/texts.ts";
import { fixConfig } from "../judgement/trainer-fix.ts";
import { type HashedConfig, hashConfig } from "./config-hash.ts";
import type { Manifest, ManifestVariant, TrainerConditions } from "./manifest.ts";
import { sha256, trialIdentity, variantId, variantStem } from "./names.ts";

/** What every round that is drafted now has in common. */
export interface RoundPlan {
  readonly round: string;
  readonly topic: string;
  /** ISO 8601. */
  readonly created: string;
  readonly rules: RuleSetName;
  readonly trainer: TrainerConditions;
  /** Values for fields that the trainer requires and a template may lack. */
  readonly defaults: Readonly<Record<string, Json>>;
  readonly family: string;
  /** Folder that variants are written to. */
  readonly folder: string;
  readonly noise: Manifest["noise"];
  /** Median hours that a trial of these conditions held a device; null: never measured here. */
  readonly hoursPerTrial: number | null;
  /** `<hash>:<seed>:<steps>` of everything that was trained or is proposed elsewhere. */
  readonly known: ReadonlySet<string>;
  /** Hashes that reviewers closed a pull request over, not long ago. */
  readonly rejected: ReadonlySet<string>;
  /** Of a follow-up round: what was approved beforehand. Everything else is left out. */
  readonly allows?: ((config: JsonObject) => boolean) | undefined;
}

/** A configuration file of the repository that may be trained or bred from. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

export interface DraftedVariant {
  readonly entry: ManifestVariant;
  readonly text: string;
  readonly config: JsonObject;
  readonly parent: Parent | null;
}

export interface Draft {
  readonly manifest: Manifest;
  readonly variants: readonly DraftedVariant[];
  /** Files that the round adds, besides the manifest: none in a seed round. */
  readonly files: ReadonlyMap<string, string>;
  readonly warnings: readonly Text[];
}

/** Something to breed from: a file of the repository and the run that its numbers come from. */
export interface Parent extends ConfigFile {
  readonly hash: string;
  /** Trial id or W&B run id. */
  readonly run: string | null;
  readonly family: string;
  readonly seed: number;
}

export interface Candidate {
  readonly parent: Parent;
  readonly prescription: Prescription;
}

export interface Control {
  readonly parent: Parent;
  readonly kind: "parent" | "lambda-zero";
}

/**
 * Round 0001 without history: the templates in their order, as they are; one that the trainer refuses is corrected in a copy where
 * the correction is certain, else left out with a warning. Null when none of them would launch.
 */
export function draftSeedRound(plan: RoundPlan, templates: readonly ConfigFile[]): Draft | null {
  const variants: DraftedVariant[] = [];
  const warnings: Text[] = [];
  const seen = new Set(plan.known);
  for (const template of templates) {
    const seeded = seedVariant(plan, { template, index: variants.length });
    if (seeded.kind === "refused") {
      warnings.push(leftOut(template.path, seeded));
    } else if (!claimIdentity(seen, { ...seeded, plan })) {
      warnings.push(text("draft.duplicate", { path: template.path }));
    } else variants.push(seeded.variant);
  }
  return variants.length === 0 ? null : finishDraft(plan, { kind: "seed", variants, warnings });
}

type Refused =
  | Extract<HashedConfig, { kind: "refused" }>
  | { readonly kind: "refused"; readonly because: "out-of-bounds"; readonly reason: "" };

function leftOut(path: string, { because, reason }: Refused): Text {
  if (because === "out-of-bounds") return text("draft.out-of-bounds", { path });
  return text(because === "not-act-ot" ? "draft.not-act-ot" : "draft.not-launchable", { path, reason });
}

function seedVariant(plan: RoundPlan, { template, index }: { template: ConfigFile; index: number }) {
  const fork = plan.trainer.fork;
  const asIs = hashConfig({ text: template.text, trainer: plan.trainer });
  if (asIs.kind === "refused" && !asIs.readable) return asIs;
  const fixed =
    asIs.kind === "hashed"
      ? { text: template.text, fixes: [] }
      : fixConfig({ text: template.text, fork, defaults: plan.defaults });
  const hashed = fixed.fixes.length === 0 ? asIs : hashConfig({ text: fixed.text, trainer: plan.trainer });
  if (hashed.kind === "refused") return hashed;
  const seed = seedOf(hashed.config);
  const id = variantId(plan.round, index);
  const stem = variantStem({ family: plan.family, id, signal: "fixed", hash: hashed.hash });
  const entry: ManifestVariant = {
    id,
    path: fixed.fixes.length === 0 ? template.path : `${plan.folder}/${stem}.json`,
    family: plan.family,
    hash: hashed.hash,
    sha256: sha256(fixed.text),
    seeds: [seed],
    parent: null,
    signal: "seed",
    rule: null,
    reason: text(fixed.fixes.length === 0 ? "draft.seed" : "draft.fixed", {
      place: index + 1,
      template: template.path,
    }),
    edits: fixed.fixes.map(({ path, from, to, literal }) => ({
      path,
      op: "set",
      value: to,
      from: literal ?? from,
      to,
    })),
    predicts: null,
    control: null,
    priority: index + 1,
  };
  const variant: DraftedVariant = { entry, text: fixed.text, config: hashed.config, parent: null };
  return { kind: "seeded" as const, variant, hash: hashed.hash, seed };
}

/**
 * The first `max` candidates that are new, each one reason away from its parent, and the controls that the ledger lacks. Null
 * when nothing new is left. A candidate whose configuration the trainer would refuse is left out with a warning.
 */
export function draftSearchRound(
  plan: RoundPlan,
  {
    candidates,
    controls,
    max,
  }: { candidates: readonly Candidate[]; controls: readonly Control[]; max: number },
): Draft | null {
  const variants: DraftedVariant[] = [];
  const warnings: Text[] = [];
  const seen = new Set(plan.known);
  const add = (parent: Parent, origin: Origin) => {
    const made = breed({ plan, parent, origin, index: variants.length });
    if (made.kind === "refused") warnings.push(leftOut(origin.signal, made));
    else if (claimIdentity(seen, { hash: made.variant.entry.hash, seed: parent.seed, plan }))
      variants.push(made.variant);
  };
  for (const { parent, prescription } of candidates) {
    if (variants.length === max) break;
    if (prescription.edits.length > 0) add(parent, { ...prescription, control: null });
  }
  if (variants.length === 0) return null;
  for (const { parent, kind } of controls) add(parent, controlOrigin(kind));
  return finishDraft(plan, { kind: "search", variants, warnings });
}

type Origin = Pick<Prescription, "signal" | "reason" | "predicts"> & {
  readonly rule: string | null;
  readonly edits: readonly Pick<Prescription["edits"][number], "path" | "op" | "value">[];
  readonly control: ManifestVariant["control"];
};

function controlOrigin(kind: Control["kind"]): Origin {
  const edits = kind === "lambda-zero" ? [{ path: "ot.lambda_ot", op: "set" as const, value: 0 }] : [];
  return {
    signal: `control-${kind}`,
    reason: text(`draft.control.${kind}`),
    predicts: null,
    rule: null,
    edits,
    control: kind,
  };
}

function breed({
  plan,
  parent,
  origin,
  index,
}: {
  plan: RoundPlan;
  parent: Parent;
  origin: Origin;
  index: number;
}): { readonly kind: "bred"; readonly variant: DraftedVariant } | Refused {
  const edited =
    origin.edits.length > 0 ? applyEdits(parent.text, origin.edits) : { text: parent.text, edits: [] };
  const hashed = hashConfig({ text: edited.text, trainer: plan.trainer });
  if (hashed.kind === "refused") return hashed;
  if (plan.allows && !plan.allows(hashed.config)) {
    return { kind: "refused", because: "out-of-bounds", reason: "" };
  }
  const id = variantId(plan.round, index);
  const stem = variantStem({ family: parent.family, id, signal: origin.signal, hash: hashed.hash });
  // The parent as its own control is trained from the parent's file: no second copy of the same bytes.
  const path = edited.edits.length > 0 ? `${plan.folder}/${stem}.json` : parent.path;
  const entry: ManifestVariant = {
    id,
    path,
    family: parent.family,
    hash: hashed.hash,
    sha256: sha256(edited.text),
    seeds: [parent.seed],
    parent: { path: parent.path, hash: parent.hash, run: parent.run },
    signal: origin.signal,
    rule: origin.rule,
    reason: origin.reason,
    edits: [...edited.edits],
    predicts: origin.predicts,
    control: origin.control,
    priority: index + 1,
  };
  return { kind: "bred", variant: { entry, text: edited.text, config: hashed.config, parent } };
}

function claimIdentity(
  seen: Set<string>,
  { hash, seed, plan }: { hash: string; seed: number; plan: RoundPlan },
): boolean {
  const identity = trialIdentity({ hash, seed, steps: plan.trainer.steps });
  if (seen.has(identity) || plan.rejected.has(hash)) return false;
  seen.add(identity);
  return true;
}

/** The trainer's default seed is 1000. */
export function seedOf(config: JsonObject): number {
  const { seed } = config;
  return typeof seed === "number" && Number.isInteger(seed) ? seed : 1000;
}

/** Manifest, budget and files of the variants. */
export function finishDraft(
  plan: RoundPlan,
  {
    kind,
    variants,
    warnings,
  }: { kind: Manifest["kind"]; variants: readonly DraftedVariant[]; warnings: readonly Text[] },
): Draft {
  const trials = variants.reduce((sum, { entry }) => sum + entry.seeds.length, 0);
  const manifest: Manifest = {
    schema: "autoloop/manifest@1",
    round: plan.round,
    kind,
    topic: plan.topic,
    created: plan.created,
    rules: plan.rules,
    trainer: plan.trainer,
    variants: variants.map(({ entry }) => entry),
    budget: { trials, device_hours: plan.hoursPerTrial === null ? null : plan.hoursPerTrial * trials },
    noise: plan.noise,
    follow_up: null,
  };
  const added = variants.filter(({ entry }) => entry.edits.length > 0);
  return {
    manifest,
    variants,
    warnings,
    files: new Map(added.map(({ entry, text: content }) => [entry.path, content])),
  };
}

/** The manifest as it stands in the repository. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
