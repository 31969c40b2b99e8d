import { createHash } from "node:crypto";
import { matchPaths } from "../forge/view.ts";
import type { House } from "../house.ts";
import { VERSION } from "../version.ts";
import { localDate } from "./dates.ts";
import type { World } from "./world.ts";

type Seen = Pick<World, "tree" | "view" | "ledger">;

/** What a round stands on in the repository, and its description with it: whatever else moves there does not concern it. */
export function groundOf(
  { settings }: Pick<House, "settings">,
  { tree, view }: Pick<Seen, "tree" | "view">,
): string {
  const { paths, templates } = settings;
  const named = new Set([`${paths.reports}/${paths.report}`, ...matchPaths(view, templates)]);
  const files = [...tree.files]
    .filter(([path]) => named.has(path) || path.startsWith(`${paths.configs}/`))
    .map(([path, { blob }]) => `${blob} ${path}`)
    .sort();
  return createHash("sha256")
    .update(JSON.stringify([settings, files]))
    .digest("hex");
}

/** Events after which there is no more and no less to gain than before. */
const IDLE: ReadonlySet<string> = new Set(["answered", "notified", "refreshed", "nothing-to-gain"]);

/**
 * All that the next round depends on, so that where nothing was to be gained nobody looks again until it moves: the rules of another
 * version may know more, and so may W&B, which is asked once a day. A job without its key is answered for itself alone.
 */
export function prospectsOf(house: House, seen: Seen, version = VERSION): string {
  const { settings, cloud, now } = house;
  const said = seen.ledger.events.filter(({ event }) => !IDLE.has(event)).length;
  const day = cloud ? localDate(now(), settings.timezone) : null;
  return createHash("sha256")
    .update(JSON.stringify([version, groundOf(house, seen), said, day]))
    .digest("hex");
}
