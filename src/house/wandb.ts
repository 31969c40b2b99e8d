import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { House, Surroundings } from "../house.ts";
import { proxiedPost } from "../proxied-post.ts";
import { type LiveCloudOptions, liveCloud } from "../runs/live-cloud.ts";
import type { RunSource } from "../runs/source.ts";
import { wandbApi } from "../runs/wandb-api.ts";
import { findApiKey } from "../runs/wandb-auth.ts";
import { folderStore } from "../runs/wandb-cache.ts";
import { DEFAULT_BASE_URL } from "../runs/wandb-http.ts";
import type { Settings } from "../settings.ts";

interface CloudOptions {
  readonly key?: string | undefined;
  readonly extraKeys?: readonly string[];
}

export async function openWandb(
  settings: Settings,
  surroundings: Surroundings,
  options: CloudOptions,
): Promise<Pick<House, "cloud" | "live">> {
  const address = await findWandb(settings, surroundings, options);
  if (!address) return { cloud: null, live: null };
  return { cloud: cloudAt(address, surroundings, options), live: liveCloud(address) };
}

/** Null without a key. */
export async function openCloud(
  settings: Settings,
  surroundings: Surroundings,
  options: CloudOptions,
): Promise<RunSource | null> {
  const address = await findWandb(settings, surroundings, options);
  return address && cloudAt(address, surroundings, options);
}

function cloudAt(address: LiveCloudOptions, { env }: Surroundings, { extraKeys }: CloudOptions): RunSource {
  return wandbApi({
    ...address,
    extraKeys,
    // What finished does not change: the second look costs only the listing.
    store: folderStore(
      join(env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? homedir(), ".cache"), "autoloop", "wandb"),
    ),
  });
}

/** W&B with the key of the input, the environment or the file that `wandb login` leaves; null without any. */
async function findWandb(
  { source }: Settings,
  { env, now }: Surroundings,
  { key }: CloudOptions,
): Promise<LiveCloudOptions | null> {
  const baseUrl = source.base_url ?? env["WANDB_BASE_URL"] ?? DEFAULT_BASE_URL;
  const netrc = await readFile(env["NETRC"] ?? join(env["HOME"] ?? homedir(), ".netrc"), "utf8").catch(
    () => undefined,
  );
  const apiKey = findApiKey({ given: key ?? env["WANDB_API_KEY"], netrc, baseUrl });
  if (apiKey === null) return null;
  return {
    baseUrl,
    apiKey,
    entity: source.entity,
    project: source.project,
    post: proxiedPost(env),
    now: () => now().getTime(),
    sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
    random: Math.random,
  };
}
