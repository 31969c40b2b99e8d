import type { MergedConfigs, Refusal } from "../rounds/approval.ts";
import { BODY_LIMITS, fitParts, type Part } from "./budget.ts";
import { code, joinMarkdown, type Markdown, md, sourceOf, table } from "./escape.ts";
import { blocks, bullets } from "./markdown.ts";
import type { StatusReport } from "./models.ts";
import { statusBlocks } from "./status.ts";
import { catalogue } from "./texts.ts";
import type { Voice } from "./voice.ts";

/** What a comment command is answered with. Names of people, trials and rounds are foreign text. */
export type Reply =
  | { readonly kind: "merge-first"; readonly round: string }
  | { readonly kind: "refused"; readonly user: string; readonly permission: string }
  /** `reason` is a `Refusal`; anything else is shown as it is. */
  | { readonly kind: "not-launched" | "cannot-launch"; readonly reason: string }
  | { readonly kind: "dropped"; readonly variants: MergedConfigs["dropped"] }
  | { readonly kind: "unknown"; readonly command: string }
  | { readonly kind: "rerun" | "stop" | "skip"; readonly trials: readonly string[] }
  | { readonly kind: "nothing-to-rerun"; readonly round: string }
  | { readonly kind: "nothing-to-stop" | "nothing-to-skip" | "paused" | "resumed" | "help" }
  | { readonly kind: "status"; readonly status: StatusReport };

/** The commands as a person types them. */
const COMMANDS = [
  { usage: "/status", effect: "command.status" },
  { usage: "/rerun [variant…]", effect: "command.rerun" },
  { usage: "/help", effect: "command.help" },
] as const;

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
    case "merge-first":
      return voice.md("reply.merge-first", { round: reply.round });
    case "refused":
      return voice.md("reply.refused", { user: code(reply.user), permission: code(reply.permission) });
    case "not-launched":
    case "cannot-launch":
      return voice.md(`reply.${reply.kind}`, { reason: refusalText(reply.reason, voice) });
    case "dropped":
      return bullets(reply.variants.map((variant) => ({ text: droppedText(variant, voice) })));
    case "unknown":
      return blocks([voice.md("reply.unknown", { command: code(reply.command, 40) }), commandTable(voice)]);
    case "rerun":
    case "stop":
    case "skip":
      return voice.md(`reply.${reply.kind}`, { trials: trialNames(reply.trials) });
    case "nothing-to-rerun":
      return voice.md("reply.nothing-to-rerun", { round: reply.round });
    case "help":
      return blocks([commandTable(voice), voice.md("command.note")]);
    case "status":
      return statusBlocks(reply.status, voice);
    default:
      return voice.md(`reply.${reply.kind}`);
  }
}

function refusalText(reason: string, voice: Voice): Markdown {
  return isRefusal(reason) ? voice.md(`refusal.${reason}`) : code(reason);
}

function isRefusal(reason: string): reason is Refusal {
  return Object.hasOwn(catalogue, `refusal.${reason}`);
}

function droppedText({ id, because, detail }: MergedConfigs["dropped"][number], voice: Voice): Markdown {
  return voice.md(`dropped.${because}`, {
    id: code(id),
    detail: because === "not-launchable" ? detail : code(detail),
  });
}

const NAMED = 20;

function trialNames(trials: readonly string[]): Markdown {
  const named = trials.slice(0, NAMED).map((trial) => code(trial, 80));
  return joinMarkdown(trials.length > NAMED ? [...named, md`…`] : named, ", ");
}

export function commandTable(voice: Voice): Markdown {
  return table(
    [
      { title: voice.md("column.command"), align: "left" },
      { title: voice.md("column.effect"), align: "left" },
    ],
    COMMANDS.map(({ usage, effect }) => [code(usage), voice.md(effect)]),
  );
}
