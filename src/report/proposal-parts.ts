import type { ManifestVariant } from "../rounds/manifest.ts";
import type { Part } from "./budget.ts";
import {
  code,
  codeBlock,
  joinMarkdown,
  link,
  type Markdown,
  md,
  picture,
  sourceOf,
  table,
} from "./escape.ts";
import { differences, diffLines } from "./json-diff.ts";
import { blocks, bullets } from "./markdown.ts";
import type { Complaint, ParentView, VariantView } from "./models.ts";
import { formatNumber, NONE } from "./numbers.ts";
import { fileName, variantName } from "./round-parts.ts";
import { editLine, findingList, metricsTable, predictionLine } from "./run-parts.ts";
import type { Voice } from "./voice.ts";

type Views = ReadonlyMap<string, VariantView>;

/** All variants in one table, in the order in which they train. */
export function proposalTable(variants: readonly ManifestVariant[], views: Views, voice: Voice): Markdown {
  return table(
    [
      { title: voice.md("column.variant"), align: "left" },
      { title: voice.md("column.file"), align: "left" },
      { title: voice.md("column.signal"), align: "left" },
      { title: voice.md("column.seeds"), align: "left" },
      { title: voice.md("column.temperature"), align: "right" },
      { title: voice.md("column.launchable"), align: "left" },
      { title: voice.md("column.predicted"), align: "left" },
    ],
    variants.map((variant) => {
      const view = views.get(variant.id);
      return [
        view?.edited == null
          ? variantName(variant, voice)
          : md`${variantName(variant, voice)} (${voice.md("proposal.edited.mark")})`,
        code(fileName(variant.path)),
        variant.signal === "" ? NONE : code(variant.signal),
        variant.seeds.join(", "),
        formatNumber(view?.temperature ?? null),
        view === undefined ? NONE : voice.md(view.check.launchable ? "yes" : "no"),
        variant.predicts === null
          ? NONE
          : md`${code(variant.predicts.metric)} ${formatNumber(variant.predicts.value)}`,
      ];
    }),
  );
}

/** Why the trainer would refuse a file, or what it warns of; a part per file. */
export function complaintParts(views: readonly VariantView[], voice: Voice): readonly Part[] {
  const complaining = views.filter(({ check }) => check.errors.length + check.warnings.length > 0);
  if (complaining.length === 0) return [];
  const heading = sourceOf(md`## ${voice.md("heading.refusals")}`);
  return [
    { name: voice.plain("heading.refusals"), text: heading, spare: 2 },
    ...complaining.map(({ id, check }) => ({
      name: voice.plain("part.complaints", { id }),
      text: sourceOf(
        blocks([
          md`${code(id)} (${code(fileName(check.path))})`,
          bullets([
            ...check.errors
              .slice(0, 20)
              .map((error) => ({ text: complaintLine(error, "check.error", voice) })),
            ...check.warnings
              .slice(0, 20)
              .map((warning) => ({ text: complaintLine(warning, "check.warning", voice) })),
          ]),
        ]),
      ),
      spare: 3,
    })),
  ];
}

function complaintLine(
  { path, message }: Complaint,
  kind: "check.error" | "check.warning",
  voice: Voice,
): Markdown {
  const where = path === "" ? voice.md("check.whole-file") : code(path);
  return md`**${voice.md(kind)}** ${where}: ${voice.say(message)}`;
}

/** One variant in five parts; the pictures are the first to go when there is no room, the reason is the last. */
export function variantParts(
  variant: ManifestVariant,
  view: VariantView | undefined,
  voice: Voice,
): readonly Part[] {
  const { id } = variant;
  const edited = editedParts(variant, view, voice);
  const parts: readonly (readonly [
    "reason" | "difference" | "findings" | "metrics" | "pictures",
    Markdown | null,
  ])[] = [
    ["reason", reasonBlock(variant, view, voice)],
    ["difference", differenceBlock(variant, view, voice)],
    [
      "findings",
      view === undefined || view.findings.length === 0
        ? null
        : blocks([md`**${voice.md("heading.findings")}**`, findingList(view.findings, voice)]),
    ],
    ["metrics", metricsBlock(view?.parent ?? null, voice)],
    ["pictures", pictureBlock(view?.parent ?? null)],
  ];
  return parts.flatMap(([what, text], index) => [
    ...(text === null
      ? []
      : [
          {
            name: voice.plain(`part.${what}`, { id }),
            text: sourceOf(text),
            spare: index === 0 ? 1 : index + 2,
          },
        ]),
    ...(what === "difference" ? edited.map((part) => ({ ...part, spare: 1 })) : []),
  ]);
}

/** What a person made of a variant after it was proposed. */
export function editedParts(
  { id }: ManifestVariant,
  view: VariantView | undefined,
  voice: Voice,
): readonly Part[] {
  if (view?.edited == null) return [];
  return [
    { name: voice.plain("part.difference", { id }), text: sourceOf(editedBlock(id, view, voice)), spare: 2 },
  ];
}

function editedBlock(id: string, { edited, config }: VariantView, voice: Voice): Markdown {
  if (edited === null || edited.from === null) return md`${code(id)}: ${voice.md("proposal.edited.unknown")}`;
  const by = code(edited.by ?? "?");
  const lines = diffLines(differences(edited.from, config));
  return lines.length === 0
    ? md`${code(id)}: ${voice.md("proposal.edited.layout", { by })}`
    : blocks([md`${code(id)}: ${voice.md("proposal.edited", { by })}`, codeBlock("diff", lines)]);
}

function reasonBlock(variant: ManifestVariant, view: VariantView | undefined, voice: Voice): Markdown {
  const origin = parentName(variant, view?.parent ?? null);
  const record = view?.record ?? null;
  return blocks([
    md`### ${variant.id} ${variant.signal}`,
    bullets([
      { text: voice.md("proposal.file", { file: code(variant.path) }) },
      ...(origin === null ? [] : [{ text: voice.md("proposal.parent", { parent: origin }) }]),
      {
        text: voice.md("proposal.reason", { reason: voice.say(variant.reason) }),
        below: variant.edits.map((edit) => editLine(edit, voice)),
      },
      {
        text:
          variant.predicts === null ? voice.md("prediction.none") : predictionLine(variant.predicts, voice),
        below: record === null ? [] : [md`${voice.say(record.text)}`],
      },
    ]),
  ]);
}

function parentName(variant: ManifestVariant, parent: ParentView | null): Markdown | null {
  if (variant.parent === null) return null;
  const file = code(fileName(variant.parent.path));
  const run = variant.parent.run;
  return run === null ? file : md`${file} (${link(parent?.label ?? run, parent?.url ?? null)})`;
}

/** The difference of the files themselves, not of what the rule meant to change. */
function differenceBlock(
  variant: ManifestVariant,
  view: VariantView | undefined,
  voice: Voice,
): Markdown | null {
  if (variant.parent === null || view?.parent == null) return null;
  const lines = diffLines(differences(view.parent.config, view.config));
  return lines.length === 0
    ? voice.md("proposal.no-difference")
    : blocks([voice.md("proposal.difference"), codeBlock("diff", lines)]);
}

function metricsBlock(parent: ParentView | null, voice: Voice): Markdown | null {
  if (parent === null) return null;
  return parent.summary === null
    ? voice.md("proposal.no-metrics")
    : blocks([voice.md("proposal.metrics"), metricsTable(parent.summary, voice)]);
}

function pictureBlock(parent: ParentView | null): Markdown | null {
  if (parent === null || parent.pictures.length === 0) return null;
  return joinMarkdown(
    parent.pictures.map(({ text, url }) => picture(text, url)),
    "\n",
  );
}
