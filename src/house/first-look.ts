import { AutoloopError } from "../errors.ts";
import { type Forge, type Glance, LEDGER_BRANCH } from "../forge/forge.ts";
import { gitHubForge } from "../forge/github/github.ts";
import type { HouseOptions, Surroundings } from "../house.ts";
import { proxiedFetch } from "../proxied-fetch.ts";
import { USUAL_REPORT } from "../usual-paths.ts";

/** A forge, and what it answered first. */
export interface FirstLook {
  readonly forge: Forge;
  readonly seen: Glance;
}

/** Apart from the house, so that an entry need not have loaded the whole program before it asks its first question. */
export async function lookFirst({ env, now }: Surroundings, options: HouseOptions): Promise<FirstLook> {
  const [owner, repo, ...rest] = options.repository.split("/");
  if (!owner || !repo || rest.length > 0) {
    throw new AutoloopError("arguments.repository", {
      what: `"${options.repository}" is not the name of a repository.`,
      next: "Set GITHUB_REPOSITORY to owner/name.",
    });
  }
  const { token, workflow } = options;
  if (!token) {
    throw new AutoloopError("arguments.no-token", {
      what: "There is no GitHub token.",
      next: "Leave the input `token` out: it is the job's own then.",
    });
  }
  const apiUrl = env["GITHUB_API_URL"] ?? "https://api.github.com";
  const forge = gitHubForge({ token, apiUrl, owner, repo, workflow, now, fetch: proxiedFetch(env) });
  return { forge, seen: await glanceWithSettings(forge, options) };
}

/** Where everything is, and the files that say how to go on. */
export function glanceWithSettings(
  { reader }: Forge,
  { settingsPath }: Pick<HouseOptions, "settingsPath">,
): Promise<Glance> {
  return reader.glance({ beside: LEDGER_BRANCH, files: [settingsPath, USUAL_REPORT] });
}
