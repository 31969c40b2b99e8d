/** Who may command, and how often. Whatever is not plainly allowed is refused. */
import type { House } from "../house.ts";
import { type CommentCommand, parseCommentCommand } from "../rounds/comment-command.ts";
import type { LedgerEvent } from "../rounds/events.ts";
import type { IssueCommentEvent } from "../wire/events.ts";

export type Ignored =
  | "not-a-command"
  | "not-a-round"
  | "edited"
  | "bot"
  | "impersonated"
  | "seen"
  | "stranger"
  | "rate";

/** What the event itself says: only a person's own new comment commands. */
export function readComment({ action, comment, sender }: IssueCommentEvent): CommentCommand | Ignored {
  if (action !== "created") return "edited";
  if (sender.type !== "User" || comment.user?.type !== "User") return "bot";
  if (comment.user.login !== sender.login) return "impersonated";
  return parseCommentCommand(comment.body ?? "") ?? "not-a-command";
}

export function commentKey(comment: number): string {
  return `comment:${comment}`;
}

interface Earlier {
  readonly by: string;
  readonly now: Date;
  readonly events: readonly LedgerEvent[];
}

/** Of one person, within an hour. */
const MOST_COMMANDS = 20;
const HOUR_MS = 3_600_000;

/** Whether somebody commands faster than people do. Brakes are never refused. */
export function isTooMuch(command: CommentCommand, earlier: Earlier): boolean {
  if (command.kind === "stop" || command.kind === "pause") return false;
  return recentComments(earlier).length >= MOST_COMMANDS;
}

/** Who may not command is told so once an hour: everybody can comment on a public repository. */
export function wasRefused(earlier: Earlier): boolean {
  return recentComments(earlier).some((event) => event.event === "answered" && event.answer === "refused");
}

function recentComments({ by, now, events }: Earlier): readonly LedgerEvent[] {
  return events.filter(
    (event) =>
      event.key.startsWith("comment:") &&
      "by" in event &&
      event.by === by &&
      now.getTime() - Date.parse(event.at) < HOUR_MS,
  );
}

export type Standing =
  | { readonly kind: "may" }
  | { readonly kind: "may-not"; readonly permission: string }
  /** The forge did not answer: nobody may. */
  | { readonly kind: "unknown"; readonly cause: unknown };

export async function standingOf({ forge }: House, login: string): Promise<Standing> {
  try {
    const permission = await forge.people.permission(login);
    const may = permission === "admin" || permission === "write";
    return may ? { kind: "may" } : { kind: "may-not", permission };
  } catch (cause) {
    return { kind: "unknown", cause };
  }
}
