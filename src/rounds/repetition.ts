import type { Text } from "../judgement/texts.ts";
import { hashConfig } from "./config-hash.ts";
import { type Draft, type DraftedVariant, finishDraft, type Parent, type RoundPlan } from "./draft.ts";
import type { ManifestVariant } from "./manifest.ts";
import { sha256, trialIdentity, variantId } from "./names.ts";

/**
 * The same configurations at seeds that they were not trained at yet: what a verdict needs before it is believed. All get the same
 * seeds, so that they can be compared pair by pair. Null when every seed was used.
 */
export function draftConfirmation(
  plan: RoundPlan,
  { parents, seeds, because }: { parents: readonly Parent[]; seeds: readonly number[]; because: Text },
): Draft | null {
  const variants = parents.flatMap((parent, index) => {
    const fresh = seeds.filter((seed) => !wasTrained(plan, parent, seed));
    const manner = { signal: "confirm", control: null, reason: because } as const;
    return repeated(plan, { parent, seeds: fresh, index, manner });
  });
  return variants.length === 0 ? null : finishDraft(plan, { kind: "search", variants, warnings: [] });
}

/** Some configurations once more, all at one seed. */
export interface Replicates {
  readonly parents: readonly Parent[];
  readonly seed: number;
  readonly because: Text;
}

/**
 * What would tell two configurations apart: both at the first seed that they do not share yet, so at most one trial each.
 * Null when every seed was used. `seedsOf`: the seeds of a configuration that the ledger may not know of.
 */
export function replicatesOf(
  plan: RoundPlan,
  {
    parents,
    seeds,
    seedsOf,
    because,
  }: {
    readonly parents: readonly Parent[];
    readonly seeds: readonly number[];
    readonly seedsOf: (parent: Parent) => ReadonlySet<number>;
    readonly because: Text;
  },
): Replicates | null {
  const lacking = (seed: number) =>
    parents.filter((parent) => !wasTrained(plan, parent, seed) && !seedsOf(parent).has(seed));
  const seed = seeds.find((each) => lacking(each).length > 0);
  return seed === undefined ? null : { parents: lacking(seed), seed, because };
}

/** A round with replicates at its end. They are no new variants: the limit of a round does not count them. */
export function withReplicates(plan: RoundPlan, draft: Draft, { parents, seed, because }: Replicates): Draft {
  const first = draft.variants.length;
  const manner = { signal: "replicate", control: "replicate", reason: because } as const;
  const added = parents
    .filter(({ hash }) => !plan.rejected.has(hash))
    .flatMap((parent, index) => repeated(plan, { parent, seeds: [seed], index: first + index, manner }));
  return finishDraft(plan, {
    kind: draft.manifest.kind,
    variants: [...draft.variants, ...added],
    warnings: draft.warnings,
  });
}

/** Devices that the last wave of so many trials would leave idle. */
export function idleSlots(trials: number, devices: number): number {
  return (devices - (trials % devices)) % devices;
}

function wasTrained(plan: RoundPlan, { hash }: Parent, seed: number): boolean {
  return plan.known.has(trialIdentity({ hash, seed, steps: plan.trainer.steps }));
}

interface Repetition {
  readonly parent: Parent;
  readonly seeds: readonly number[];
  readonly index: number;
  readonly manner: Pick<ManifestVariant, "signal" | "control" | "reason">;
}

/** The parent's own file at other seeds: no copy of the same bytes. */
function repeated(plan: RoundPlan, { parent, seeds, index, manner }: Repetition): readonly DraftedVariant[] {
  const hashed = hashConfig({ text: parent.text, trainer: plan.trainer });
  if (seeds.length === 0 || hashed.kind === "refused") return [];
  if (plan.allows && !plan.allows(hashed.config)) return [];
  const entry: ManifestVariant = {
    id: variantId(plan.round, index),
    path: parent.path,
    family: parent.family,
    hash: hashed.hash,
    sha256: sha256(parent.text),
    seeds: [...seeds],
    parent: { path: parent.path, hash: parent.hash, run: parent.run },
    rule: null,
    edits: [],
    predicts: null,
    priority: index + 1,
    ...manner,
  };
  return [{ entry, text: parent.text, config: hashed.config, parent }];
}
