import type { MergedConfigs } from "../rounds/approval.ts";
import type { Declined } from "../rounds/command-effect.ts";
import { COMMANDS, type CommandName } from "../rounds/comment-command.ts";
import { BODY_LIMITS, fitParts, type Part } from "./budget.ts";
import { code, joinMarkdown, type Markdown, md, sourceOf, table } from "./escape.ts";
import { blocks, bullets } from "./markdown.ts";
import { catalogue, type PhraseKey } from "./texts.ts";
import type { Voice } from "./voice.ts";

/**
 * What a comment is answered with where reaction and status comment do not say it. Names of people, trials and rounds are
 * foreign text.
 */
export type Reply =
  | Declined
  | { readonly kind: "refused"; readonly user: string; readonly permission: string }
  /** GitHub did not say what this person may do. */
  | { readonly kind: "permission-unknown"; readonly user: string }
  /** `reason` is a refusal that has a text; anything else is shown as it is. */
  | { readonly kind: "not-launched" | "cannot-launch"; readonly reason: string }
  /** Of a round without a pull request: said where it was approved beforehand. */
  | { readonly kind: "follow-up-refused"; readonly round: string; readonly reason: string }
  | { readonly kind: "dropped"; readonly variants: MergedConfigs["dropped"] }
  /** A round's branch that is not brought up to date, because people changed what we do not or cannot write. */
  | { readonly kind: "left-alone"; readonly paths: readonly string[] }
  /** A `/stop` that the box cannot hear, or that nobody has begun to hear. */
  | { readonly kind: "workflow-cancelled"; readonly dispatches: readonly string[] };

export function renderReply(reply: Reply, voice: Voice): string {
  const { text } = fitParts({
    parts: replyParts(reply, voice),
    limits: BODY_LIMITS,
    notice: () => sourceOf(voice.md("reply.shortened")),
  });
  return `${text}\n`;
}

/** Lists of foreign reasons may be longer than a comment: a part for each of theirs. */
function replyParts(reply: Reply, voice: Voice): readonly Part[] {
  if (reply.kind !== "dropped") return [{ name: "", text: sourceOf(replyText(reply, voice)), spare: 0 }];
  return [
    voice.md("reply.dropped"),
    ...reply.variants.map((variant) => md`- ${droppedText(variant, voice)}`),
  ].map((text) => ({ name: "", text: sourceOf(text), spare: 1 }));
}

function replyText(reply: Reply, voice: Voice): Markdown {
  switch (reply.kind) {
    case "refused":
      return voice.md("reply.refused", { user: code(reply.user), permission: code(reply.permission) });
    case "permission-unknown":
      return voice.md("reply.permission-unknown", { user: code(reply.user) });
    case "not-launched":
    case "cannot-launch":
      return voice.md(`reply.${reply.kind}`, { reason: refusalText(reply.reason, voice) });
    case "follow-up-refused":
      return voice.md("reply.follow-up-refused", {
        round: reply.round,
        reason: refusalText(reply.reason, voice),
      });
    case "dropped":
      return bullets(reply.variants.map((variant) => ({ text: droppedText(variant, voice) })));
    case "left-alone":
      return voice.md("reply.left-alone", { paths: list(reply.paths.slice(0, PATHS)) });
    case "workflow-cancelled":
      return voice.md("reply.workflow-cancelled", { dispatches: list(reply.dispatches) });
    case "malformed":
      return blocks([voice.md("reply.malformed", { command: code(reply.line, 40) }), commandTable(voice)]);
    case "help":
      return blocks([commandTable(voice), voice.md("command.note")]);
    case "merge-first":
    case "nothing-to-rerun":
    case "no-such-variant":
    case "round-open":
      return voice.md(`reply.${reply.kind}`, { round: reply.round });
    case "already-skipped":
    case "is-skipped":
    case "nothing-to-extend":
      return voice.md(`reply.${reply.kind}`, { variant: code(reply.variant) });
    case "has-seeds":
      return voice.md("reply.has-seeds", { variant: code(reply.variant), count: reply.count });
    case "too-few-steps":
    case "too-many-steps":
      return voice.md(`reply.${reply.kind}`, { limit: reply.limit });
    default:
      return voice.md(`reply.${reply.kind}`);
  }
}

function refusalText(reason: string, voice: Voice): Markdown {
  return isRefusal(reason) ? voice.md(`refusal.${reason}`) : code(reason);
}

type ReasonIn<Key> = Key extends `refusal.${infer Reason}` ? Reason : never;

function isRefusal(reason: string): reason is ReasonIn<PhraseKey> {
  return Object.hasOwn(catalogue, `refusal.${reason}`);
}

function droppedText({ id, because, detail }: MergedConfigs["dropped"][number], voice: Voice): Markdown {
  return voice.md(`dropped.${because}`, {
    id: code(id),
    detail: because === "not-launchable" ? detail : code(detail),
  });
}

function list(names: readonly string[]): Markdown {
  return joinMarkdown(
    names.map((name) => code(name, 80)),
    ", ",
  );
}

const PATHS = 10;

const NAMES = Object.keys(COMMANDS).filter((name): name is CommandName => Object.hasOwn(COMMANDS, name));

export function commandTable(voice: Voice): Markdown {
  return table(
    [
      { title: voice.md("column.command"), align: "left" },
      { title: voice.md("column.effect"), align: "left" },
    ],
    NAMES.map((name) => [code(COMMANDS[name].usage), voice.md(`command.${name}`)]),
  );
}
