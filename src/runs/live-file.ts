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
  onUnreadable,
}: {
  readonly folder: string;
  readonly keys: readonly string[];
  /** A file that is left out, while others are read. Where none can be read, reading rejects. */
  readonly onUnreadable?: (error: unknown) => void;
}): ReadLiveRows {
  const wanted = new Set(withAliases(keys));
  const followed = new Map<string, ReturnType<typeof followWandbFile>>();
  return async (after) => {
    const found = await findRunFiles(folder).catch(() => null);
    const points = [];
    const errors = [];
    let read = 0;
    for (const path of found?.wandb ?? []) {
      const file = followed.get(path) ?? followWandbFile({ path, wants: (key) => wanted.has(key) });
      followed.set(path, file);
      try {
        points.push(...(await file.readOn()).points);
        read++;
      } catch (error) {
        errors.push(error);
      }
    }
    if (read === 0 && errors.length > 0) throw errors[0];
    for (const error of errors) onUnreadable?.(error);
    return rowsBehind(after, points);
  };
}
