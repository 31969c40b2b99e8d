import type { House } from "../house.ts";
import { say } from "../judgement/texts.ts";
import type { Voice } from "../report/models.ts";
import { type Reply, renderReply } from "../report/replies.ts";

export function voiceOf(house: Pick<House, "language">): Voice {
  return { language: house.language, say: (text) => say(text, house.language) };
}

export async function replyOn(house: House, pull: number, reply: Reply): Promise<void> {
  await house.forge.conversation.reply(pull, renderReply(reply, voiceOf(house)));
}
