import { homedir } from "node:os";
import { join } from "node:path";
import type { House, Surroundings } from "../house.ts";

/** Where this machine keeps all that belongs to the repository's training. */
export function stateFolder(
  { settings, forge }: Pick<House, "settings" | "forge">,
  { env }: Pick<Surroundings, "env">,
): string {
  const home = env["XDG_STATE_HOME"] ?? join(env["HOME"] ?? homedir(), ".local", "state");
  return settings.trainer.state_dir ?? join(home, "autoloop", forge.reader.repository);
}
