import { readFile } from "node:fs/promises";
import * as z from "zod";
import { AutoloopError, messageOf } from "../errors.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";

/** A plain list of W&B keys, as users export it. */
const KeyList = z.array(z.string());

/** W&B's own columns: no metrics, and always read where they are needed. */
const isOwn = (key: string) => key.startsWith("_");

/**
 * The keys listed in `wandb_keys.json` files, without W&B's own (`_step`, `_runtime`, …).
 * @throws AutoloopError `runs.bad-file` naming file and place.
 */
export async function readKeyLists(paths: readonly string[]): Promise<readonly string[]> {
  const lists = await Promise.all(paths.map(readKeyList));
  return [...new Set(lists.flat())].filter((key) => !isOwn(key));
}

async function readKeyList(path: string): Promise<string[]> {
  const json = await readFile(path, "utf8")
    .then(parseLenientJson)
    .catch((cause: unknown) => {
      throw badList(path, messageOf(cause), cause);
    });
  const parsed = KeyList.safeParse(json);
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path.join(".");
  throw badList(path, place ? `entry ${place} is not a text` : "it is not a list", parsed.error);
}

function badList(path: string, why: string, cause: unknown): AutoloopError {
  return new AutoloopError("runs.bad-file", {
    what: `${path} is not a list of W&B keys: ${why.replace(/\.$/, "")}.`,
    next: `Write a JSON list such as ["train/loss", "train/ot_pi_sum"].`,
    cause,
  });
}
