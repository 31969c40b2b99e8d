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
  const said = await house.forge.conversation.replyOnce({ pull, ...marked(house, about, reply) });
  if (said.kind === "refused")
    house.progress.say(`note: nothing could be said: ${plainLine(said.reason, 500)}`);
}

/** The same where no job can have died before this one: nothing is looked for, which spares two requests. */
export async function replyFirst(
  house: House,
  about: string,
  { pull, reply }: { pull: number; reply: Reply },
): Promise<void> {
  await house.forge.conversation.reply(pull, marked(house, about, reply).body);
}

function marked({ voice }: House, about: string, reply: Reply): { marker: string; body: string } {
  // No dash within: two of them would end the comment.
  const marker = `<!-- autoloop:reply ${slug(about, 120).replaceAll("-", ".")} -->`;
  return { marker, body: `${marker}\n${renderReply(reply, voice)}` };
}

export async function replyOn(house: House, pull: number, reply: Reply): Promise<void> {
  await house.forge.conversation.reply(pull, renderReply(reply, house.voice));
}
