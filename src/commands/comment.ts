import type { House } from "../house.ts";
import type { Reply } from "../report/replies.ts";
import { type CommentCommand, namesTrial, parseCommentCommand } from "../rounds/comment-command.ts";
import type { Claim } from "../rounds/events.ts";
import { latestAttempts, type RoundHistory } from "../rounds/history.ts";
import { parseTrialId } from "../rounds/names.ts";
import { reconcile } from "../rounds/reconcile.ts";
import type { IssueCommentEvent } from "../wire/events.ts";
import { claimTrials } from "./dispatch.ts";
import { record } from "./record.ts";
import { replyOn } from "./replying.ts";
import { statusReport } from "./status.ts";
import { lookAround, observe, type World } from "./world.ts";

export type CommentResult =
  | {
      readonly kind: "ignored";
      readonly why: "not-a-command" | "not-a-round" | "edited" | "bot" | "impersonated" | "seen";
    }
  | {
      readonly kind: "answered";
      readonly answer: Reply["kind"];
      readonly round: string;
      readonly trials: readonly string[];
    };

/** One comment event. A comment acts once: its id is a key of the ledger. */
export async function answerComment(house: House, event: IssueCommentEvent): Promise<CommentResult> {
  const ignored = (why: Extract<CommentResult, { kind: "ignored" }>["why"]): CommentResult => ({
    kind: "ignored",
    why,
  });
  const { comment, issue, sender } = event;
  if (event.action !== "created") return ignored("edited");
  if (sender.type === "Bot" || comment.user?.type === "Bot") return ignored("bot");
  if (comment.user?.login !== sender.login) return ignored("impersonated");
  const command = parseCommentCommand(comment.body ?? "");
  if (!command) return ignored("not-a-command");

  const world = await lookAround(house);
  const round = [...world.history.rounds.values()].find(({ pull }) => pull === issue.number);
  if (!round || !issue.pull_request) return ignored("not-a-round");
  const key = `comment:${comment.id}`;
  if (world.history.keys.has(key)) return ignored("seen");

  const permission = await house.forge.people.permission(sender.login);
  if (permission !== "admin" && permission !== "write") {
    // A stranger's misspelling is not worth a commit and a notification.
    if (command.kind === "unknown") return ignored("not-a-command");
    return answer(house, world, {
      key,
      round,
      by: sender.login,
      reply: { kind: "refused", user: sender.login, permission },
    });
  }
  await house.forge.conversation.react(comment.id, "eyes");
  return act(house, world, { key, round, by: sender.login, command });
}

interface Asked {
  readonly key: string;
  readonly round: RoundHistory;
  readonly by: string;
}

async function act(
  house: House,
  world: World,
  asked: Asked & { command: CommentCommand },
): Promise<CommentResult> {
  const { command, round } = asked;
  switch (command.kind) {
    case "help":
      return answer(house, world, { ...asked, reply: { kind: "help" } });
    case "unknown":
      return answer(house, world, { ...asked, reply: { kind: "unknown", command: command.word } });
    case "status":
      return answer(house, world, {
        ...asked,
        reply: { kind: "status", status: statusReport(house, world) },
      });
    case "rerun": {
      if (!round.approved)
        return answer(house, world, { ...asked, reply: { kind: "merge-first", round: round.round } });
      const wanted = rerunnable(round, command.variants);
      if (wanted.length === 0) {
        return answer(house, world, { ...asked, reply: { kind: "nothing-to-rerun", round: round.round } });
      }
      return rerun(house, world, { ...asked, wanted });
    }
  }
}

async function answer(house: House, world: World, asked: Asked & { reply: Reply }): Promise<CommentResult> {
  const { key, by, reply, round } = asked;
  const recorded = await record(house, world, {
    events: [{ key, event: "answered", by, answer: reply.kind }],
  });
  const pull = round.pull;
  if (recorded.first && pull !== null) await replyOn(house, pull, reply);
  return { kind: "answered", answer: reply.kind, round: round.round, trials: [] };
}

type Wanted = Pick<Claim, "id" | "attempt">;

/** Without names: what failed or was interrupted. By name also what ended invalid or was stopped: somebody looked at it. */
function rerunnable(round: RoundHistory, words: readonly string[]): readonly Wanted[] {
  return [...latestAttempts(round).values()].flatMap(({ trial, attempt, outcome }) => {
    const variant = parseTrialId(trial)?.variant;
    if (!outcome || !variant) return [];
    const named = words.some((word) => namesTrial(word, { trial, variant }));
    const unlucky = outcome.event === "failed" || outcome.event === "interrupted";
    const wanted = words.length === 0 ? unlucky : named && outcome.event !== "finished";
    return wanted ? [{ id: trial, attempt: attempt + 1 }] : [];
  });
}

/** Remembers the wish; what may start now is claimed at once, the rest by a later wake-up. */
async function rerun(
  house: House,
  world: World,
  asked: Asked & { wanted: readonly Wanted[] },
): Promise<CommentResult> {
  const { key, by, round, wanted } = asked;
  const recorded = await record(house, world, {
    events: [{ key, event: "rerun", round: round.round, by, trials: [...wanted] }],
  });
  const due = reconcile(await observe(house, recorded.world));
  for (const piece of due) {
    if (piece.due === "claim" && piece.round === round.round) await claimTrials(house, recorded.world, piece);
  }
  const trials = wanted.map(({ id }) => id);
  if (recorded.first && round.pull !== null) await replyOn(house, round.pull, { kind: "rerun", trials });
  return { kind: "answered", answer: "rerun", round: round.round, trials };
}
