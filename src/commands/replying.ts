import type { House } from "../house.ts";
import { plainLine, slug } from "../report/plain.ts";
import { type Reply, renderReply } from "../report/replies.ts";

/**
 * Said before what it is about is recorded, so that it is not lost with a job that dies in between; the next job finds it by its
 * marker. `about`: the key of that event.
 */
export async function replyBefore(
  house: House,
  about: string,
  { pull, reply }: { pull: number; reply: Reply },
): Promise<void> {
  // No dash within: two of them would end the comment.
  const marker = `<!-- autoloop:reply ${slug(about, 120).replaceAll("-", ".")} -->`;
  const body = `${marker}\n${renderReply(reply, house.voice)}`;
  const said = await house.forge.conversation.replyOnce({ pull, marker, body });
  if (said.kind === "refused")
    house.progress.say(`note: nothing could be said: ${plainLine(said.reason, 500)}`);
}

export async function replyOn(house: House, pull: number, reply: Reply): Promise<void> {
  await house.forge.conversation.reply(pull, renderReply(reply, house.voice));
}
