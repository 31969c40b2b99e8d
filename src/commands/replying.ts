import type { House } from "../house.ts";
import { type Reply, renderReply } from "../report/replies.ts";

export async function replyOn(house: House, pull: number, reply: Reply): Promise<void> {
  await house.forge.conversation.reply(pull, renderReply(reply, house.voice));
}
