import { messageOf } from "../errors.ts";
import type { House } from "../house.ts";
import type { Reply } from "../report/replies.ts";
import { type Asked, effectOf } from "../rounds/command-effect.ts";
import type { CommentCommand } from "../rounds/comment-command.ts";
import type { RoundHistory } from "../rounds/history.ts";
import { firstClaim } from "../rounds/reconcile.ts";
import type { IssueCommentEvent } from "../wire/events.ts";
import { commentKey, type Ignored, isTooMuch, readComment, standingOf, wasRefused } from "./comment-gate.ts";
import { claimTrials } from "./dispatch.ts";
import { record } from "./record.ts";
import { replyBefore, replyFirst, replyOn } from "./replying.ts";
import { keepStatusComment } from "./status-comment.ts";
import { cancelDeafRuns } from "./stopping.ts";
import { claiming, lookAround, type World } from "./world.ts";

export type CommentResult =
  | { readonly kind: "ignored"; readonly why: Ignored | "permission-unknown" }
  | {
      readonly kind: "answered";
      /** The command that was accepted, or why it was not. */
      readonly answer: CommentCommand["kind"] | Reply["kind"];
      readonly round: string;
      /** Trials or variants that it is about. */
      readonly trials: readonly string[];
    };

interface Comment {
  readonly id: number;
  readonly pull: number;
  readonly by: string;
  readonly command: CommentCommand;
  readonly round: RoundHistory;
  /** No job has died over it before this one. */
  readonly isNew: boolean;
}

/** One comment event. A comment acts once: its id is a key of the ledger. */
export async function answerComment(
  house: House,
  event: IssueCommentEvent,
  { isNew }: Pick<Comment, "isNew">,
): Promise<CommentResult> {
  const command = readComment(event);
  if (typeof command === "string") return ignored(command);
  if (!event.issue.pull_request) return ignored("not-a-round");
  const world = await lookAround(house);
  const pull = event.issue.number;
  const round = [...world.history.rounds.values()].find((known) => known.pull === pull);
  if (!round) return ignored("not-a-round");
  if (world.history.keys.has(commentKey(event.comment.id))) return ignored("seen");
  const by = event.sender.login;
  const { events } = world.ledger;
  if (isTooMuch(command, { by, now: house.now(), events })) return ignored("rate");
  return admit(house, world, { id: event.comment.id, pull, by, command, round, isNew });
}

function ignored(why: Extract<CommentResult, { kind: "ignored" }>["why"]): CommentResult {
  return { kind: "ignored", why };
}

/** The last thing before the effect, so that a permission that was just taken away is gone. */
async function admit(house: House, world: World, comment: Comment): Promise<CommentResult> {
  const { by, command, pull } = comment;
  const standing = await standingOf(house, by);
  if (standing.kind === "may") return act(house, world, comment);
  if (standing.kind === "unknown") {
    house.progress.say(`what ${by} may do is not known: ${messageOf(standing.cause)}`);
    if (command.kind !== "malformed") await replyOn(house, pull, { kind: "permission-unknown", user: by });
    return ignored("permission-unknown");
  }
  // Who has nothing to do with the repository, and a reader's misspelling, are not worth a commit and a notification.
  if (standing.permission === "none") return ignored("stranger");
  if (command.kind === "malformed") return ignored("not-a-command");
  if (wasRefused({ by, now: house.now(), events: world.ledger.events })) return ignored("rate");
  return decline(house, world, {
    comment,
    reply: { kind: "refused", user: by, permission: standing.permission },
  });
}

async function act(house: House, world: World, comment: Comment): Promise<CommentResult> {
  const { by, command, round, id } = comment;
  const key = commentKey(id);
  const { retries, settings } = house;
  const effect = effectOf(command, {
    history: world.history,
    round,
    key,
    by,
    retries,
    seeds: settings.seeds,
  });
  switch (effect.kind) {
    case "declined":
      await react(house, id, command.kind === "help" ? "rocket" : "confused");
      return decline(house, world, { comment, reply: effect.because });
    case "status": {
      const recorded = await record(house, world, {
        events: [{ key, event: "answered", by, answer: "status" }],
      });
      return done(house, recorded.world, { comment, names: [] });
    }
    case "event": {
      const recorded = await record(house, world, { events: [effect.event] });
      const after = recorded.first
        ? await follow(house, recorded.world, { comment, asked: effect.event })
        : recorded.world;
      return done(house, after, { comment, names: namesIn(effect.event) });
    }
  }
}

async function decline(
  house: House,
  world: World,
  { comment, reply }: { comment: Comment; reply: Reply },
): Promise<CommentResult> {
  const { by, id, pull, round, isNew } = comment;
  const key = commentKey(id);
  await (isNew ? replyFirst : replyBefore)(house, key, { pull, reply });
  await record(house, world, { events: [{ key, event: "answered", by, answer: reply.kind }] });
  return { kind: "answered", answer: reply.kind, round: round.round, trials: [] };
}

/** A reaction says that it was accepted, the status comment what that means. */
async function done(
  house: House,
  world: World,
  { comment, names }: { comment: Comment; names: readonly string[] },
): Promise<CommentResult> {
  const { id, command, round } = comment;
  await react(house, id, "rocket");
  const current = world.history.rounds.get(round.round) ?? round;
  await keepStatusComment(house, world, { round: current, only: false });
  return { kind: "answered", answer: command.kind, round: round.round, trials: names };
}

/** A comment that was deleted meanwhile has still been acted on. */
async function react(house: House, comment: number, reaction: "rocket" | "confused"): Promise<void> {
  try {
    await house.forge.conversation.react(comment, reaction);
  } catch (thrown) {
    house.progress.say(`there is no reaction to comment ${comment}: ${messageOf(thrown)}`);
  }
}

/** What can be done at once; a later wake-up does it otherwise. */
async function follow(
  house: House,
  world: World,
  { comment, asked }: { comment: Comment; asked: Asked },
): Promise<World> {
  switch (asked.event) {
    case "rerun":
    case "extended":
      return claim(house, world, (round) => round === asked.round);
    case "resumed":
      return claim(house, world, () => true);
    case "stop-requested": {
      const dispatches = await cancelDeafRuns(house, world, asked);
      if (dispatches.length > 0) {
        await replyOn(house, comment.pull, { kind: "workflow-cancelled", dispatches });
      }
      return world;
    }
    case "propose-requested":
      // Proposing takes turns with everything else that writes rounds, so it is asked for, not done here.
      await house.forge.workflows.dispatch({ mode: "propose" });
      return world;
    default:
      return world;
  }
}

/** Round by round, because what one claims is known to the next. */
async function claim(house: House, world: World, isMeant: (round: string) => boolean): Promise<World> {
  let current = world;
  for (const round of [...world.history.rounds.keys()].filter(isMeant)) {
    const now = current.history.rounds.get(round);
    const [piece] = firstClaim(now ? [now] : [], claiming(house, current));
    if (piece) current = await claimTrials(house, current, piece);
  }
  return current;
}

function namesIn(asked: Asked): readonly string[] {
  if ("trials" in asked) return asked.trials.map(({ id }) => id);
  return "variants" in asked ? [...new Set(asked.variants.map(({ id }) => id))] : [];
}
