import { messageOf } from "../errors.ts";
import { type Messenger, webhook } from "../forge/webhook.ts";
import type { Surroundings } from "../house.ts";
import { proxiedFetch } from "../proxied-fetch.ts";
import type { Settings } from "../settings.ts";

/** A wrong address is said, and nothing else stops for it. */
export function openMessenger(
  { notify }: Settings,
  { env, progress }: Surroundings,
  given?: string,
): Messenger | null {
  if (!notify.webhook) return null;
  const { kind, url_env } = notify.webhook;
  const url = given || env[url_env];
  // Most jobs tell nobody anything and are given no address.
  if (!url) return null;
  try {
    return webhook({ kind, url, fetch: proxiedFetch(env) });
  } catch (thrown) {
    progress.say(`note: ${messageOf(thrown)}`);
    return null;
  }
}
