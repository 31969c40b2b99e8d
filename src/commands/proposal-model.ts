import { isJsonObject, type JsonObject } from "../json.ts";
import type { Analysis } from "../judgement/analysis.ts";
import { otKnobs, temperatureOf } from "../judgement/ot-knobs.ts";
import type { RuleRecord } from "../judgement/prediction-record.ts";
import { checkConfig } from "../judgement/trainer-config.ts";
import type { BudgetView, RoundProposal, VariantView } from "../report/models.ts";
import { type Draft, type DraftedVariant, manifestText, type Parent } from "../rounds/draft.ts";
import { sha256 } from "../rounds/names.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";

interface Known {
  readonly analysis: Analysis | null;
  /** How checked predictions came out, per rule. */
  readonly record: readonly RuleRecord[];
  readonly budget?: BudgetView;
  /** How far the loop goes by itself. */
  readonly mode: RoundProposal["mode"];
  /** What reviewers made of variants, by id. */
  readonly edits?: ReadonlyMap<string, NonNullable<VariantView["edited"]>>;
  /** Of the manifest's bytes where they are not our own. */
  readonly manifestSha256?: string;
}

/** A draft with everything that its reviewers want to see beside it. */
export function proposalOf(
  draft: Pick<Draft, "manifest" | "variants" | "warnings">,
  known: Known,
): RoundProposal {
  return {
    manifest: draft.manifest,
    manifestSha256: known.manifestSha256 ?? sha256(manifestText(draft.manifest)),
    variants: draft.variants.map((variant) => variantView(variant, { draft, ...known })),
    warnings: draft.warnings,
    ...(known.budget ? { budget: known.budget } : {}),
    mode: known.mode,
  };
}

function variantView(
  { entry, text, config, parent }: DraftedVariant,
  { draft, analysis, record, edits }: Known & { readonly draft: Pick<Draft, "manifest"> },
): VariantView {
  const knobs = otKnobs(config);
  const bred = analysis?.runs.find(({ run }) => run.label === parent?.run || run.id === parent?.run) ?? null;
  const findings =
    bred?.findings.filter(({ severity }) => severity === "problem" || severity === "warning") ?? [];
  return {
    id: entry.id,
    config,
    parent: parent
      ? parentView(parent, { url: bred?.run.url ?? null, summary: bred?.summary ?? null })
      : null,
    temperature: knobs.enabled && knobs.lambda !== 0 ? temperatureOf(knobs) : null,
    check: { path: entry.path, ...checkConfig({ text, fork: draft.manifest.trainer.fork }) },
    findings,
    record: record.find(({ rule }) => rule === entry.rule) ?? null,
    edited: edits?.get(entry.id) ?? null,
  };
}

function parentView(
  parent: Parent,
  seen: Pick<NonNullable<VariantView["parent"]>, "url" | "summary">,
): VariantView["parent"] {
  const config = parseLenientJson(parent.text);
  const empty: JsonObject = {};
  return {
    label: parent.run ?? parent.path,
    config: isJsonObject(config) ? config : empty,
    pictures: [],
    ...seen,
  };
}
