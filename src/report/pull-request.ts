import type { ManifestVariant } from "../rounds/manifest.ts";
import { costLines, followUpBlock } from "./allowance-parts.ts";
import { BODY_LIMITS, fitParts, type Part } from "./budget.ts";
import { marker, md, sourceOf } from "./escape.ts";
import { sha256 } from "./fingerprint.ts";
import { blocks, bullets } from "./markdown.ts";
import type { RoundProposal } from "./models.ts";
import { formatHours } from "./numbers.ts";
import { complaintParts, editedParts, proposalTable, variantParts } from "./proposal-parts.ts";
import { commandTable } from "./replies.ts";
import { noiseLine } from "./round-parts.ts";
import type { Voice } from "./voice.ts";

export interface PullRequestText {
  readonly title: string;
  readonly body: string;
  /** See `bodyHash`. */
  readonly hash: string;
  /** Parts that GitHub's size limit left no room for. */
  readonly dropped: readonly string[];
}

/** A round for its reviewers. The title is a fixed sentence, because it becomes the subject of the merge commit. */
export function renderPullRequest(proposal: RoundProposal, voice: Voice): PullRequestText {
  const { text, dropped } = fitParts({
    parts: proposalParts(proposal, voice),
    limits: BODY_LIMITS,
    notice: (names) => sourceOf(voice.md("proposal.left-out", { names: names.join(", ") })),
  });
  const body = `${text}\n`;
  return { title: pullRequestTitle(proposal), body, hash: bodyHash(body), dropped };
}

/** `autoloop round 0007: 3 variants`, in every language. */
export function pullRequestTitle({ manifest }: Pick<RoundProposal, "manifest">): string {
  if (isConfirmation(manifest)) return `autoloop round ${manifest.round}: confirmation`;
  const count = manifest.variants.filter(({ control }) => control === null).length;
  return `autoloop round ${manifest.round}: ${count} ${count === 1 ? "variant" : "variants"}`;
}

/** Nothing but known configurations at further seeds. */
function isConfirmation({ kind, variants }: RoundProposal["manifest"]): boolean {
  return kind === "search" && variants.every(({ edits, control }) => edits.length === 0 && control === null);
}

/** sha256 of a body as GitHub keeps it (line ends and outer space do not count): equal = nothing to update. */
export function bodyHash(body: string): string {
  return sha256(body.replace(/\r\n?/g, "\n").trim());
}

/** The line by which a round's pull request is found again. */
export function proposalMarker({ manifest, manifestSha256 }: RoundProposal): string {
  return sourceOf(marker("proposal", manifest.round, `sha256:${manifestSha256}`));
}

/** The document in parts, in the order in which it is read. */
export function proposalParts(proposal: RoundProposal, voice: Voice): readonly Part[] {
  const { manifest, variants, warnings } = proposal;
  const views = new Map(variants.map((view) => [view.id, view]));
  const notes = bullets(
    warnings.slice(0, 20).map((text) => ({ text: voice.md("analysis.note", { text: voice.say(text) }) })),
  );
  const head = [
    marker("proposal", manifest.round, `sha256:${proposal.manifestSha256}`),
    summaryLine(proposal, voice),
    notes,
  ];
  const details =
    manifest.kind === "seed"
      ? byPriority(manifest.variants).flatMap((variant) => editedParts(variant, views.get(variant.id), voice))
      : byPriority(manifest.variants).flatMap((variant) =>
          variantParts(variant, views.get(variant.id), voice),
        );
  return [
    { name: "", text: sourceOf(blocks(head)), spare: 0 },
    {
      name: voice.plain("heading.overview"),
      text: sourceOf(proposalTable(byPriority(manifest.variants), views, voice)),
      spare: 0,
    },
    ...complaintParts(variants, voice),
    ...(details.length === 0
      ? []
      : [
          {
            name: voice.plain("heading.details"),
            text: sourceOf(md`## ${voice.md("heading.details")}`),
            spare: 0,
          },
        ]),
    ...details,
    decisionPart(proposal, voice),
    {
      name: voice.plain("heading.commands"),
      text: sourceOf(
        blocks([md`## ${voice.md("heading.commands")}`, commandTable(voice), voice.md("command.note")]),
      ),
      spare: 2,
    },
  ];
}

function summaryLine({ manifest }: RoundProposal, voice: Voice) {
  const controls = manifest.variants.filter(({ control }) => control !== null).length;
  if (isConfirmation(manifest)) {
    const { round, topic, variants } = manifest;
    return voice.md("proposal.summary.confirm", {
      round,
      topic,
      variants: variants.length,
      trials: manifest.budget.trials,
    });
  }
  const common = { round: manifest.round, trials: manifest.budget.trials, topic: manifest.topic };
  return manifest.kind === "seed"
    ? voice.md("proposal.summary.seed", { ...common, variants: manifest.variants.length })
    : voice.md("proposal.summary.search", {
        ...common,
        variants: manifest.variants.length - controls,
        controls,
      });
}

/** What a reviewer decides with: cost, noise, what merging does, how to change or refuse. */
function decisionPart({ manifest, budget, mode }: RoundProposal, voice: Voice): Part {
  const { trials, device_hours } = manifest.budget;
  const text = blocks([
    md`## ${voice.md("heading.cost")}`,
    bullets([
      {
        text:
          device_hours === null
            ? voice.md("proposal.cost.unknown", { trials })
            : voice.md("proposal.cost", { trials, hours: formatHours(device_hours) }),
      },
      ...(budget ? costLines(budget, voice) : []).map((line) => ({ text: md`${line}` })),
      { text: noiseLine({ manifest }, voice) },
    ]),
    md`## ${voice.md("heading.merge")}`,
    voice.md(mode === "train" ? "proposal.merge" : `proposal.merge.${mode}`, { trials }),
    manifest.follow_up ? followUpBlock(manifest.follow_up, voice) : null,
    md`## ${voice.md("heading.change")}`,
    bullets([{ text: voice.md("proposal.change") }, { text: voice.md("proposal.refuse") }]),
  ]);
  return { name: voice.plain("heading.merge"), text: sourceOf(text), spare: 0 };
}

function byPriority(variants: readonly ManifestVariant[]): readonly ManifestVariant[] {
  return [...variants].sort((a, b) => a.priority - b.priority);
}
