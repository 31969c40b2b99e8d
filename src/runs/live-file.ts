import { findRunFiles } from "./find-files.ts";
import { type ReadLiveRows, rowsBehind, withAliases } from "./live-rows.ts";
import { followWandbFile } from "./wandb-file.ts";

/**
 * Follows the `.wandb` files under a folder while the SDK writes them; what was read is not read again. The SDK writes whole blocks
 * of 32 KiB, so the first rows are seen after about a dozen (trainer facts 11).
 */
export function liveFileRows({
  folder,
  keys,
}: {
  readonly folder: string;
  readonly keys: readonly string[];
}): ReadLiveRows {
  const wanted = new Set(withAliases(keys));
  const followed = new Map<string, ReturnType<typeof followWandbFile>>();
  return async (after) => {
    const found = await findRunFiles(folder).catch(() => null);
    const points = [];
    for (const path of found?.wandb ?? []) {
      const file = followed.get(path) ?? followWandbFile({ path, wants: (key) => wanted.has(key) });
      followed.set(path, file);
      points.push(...(await file.readOn()).points);
    }
    return rowsBehind(after, points);
  };
}
