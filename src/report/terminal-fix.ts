import type { ConfigFix } from "../judgement/trainer-fix.ts";
import type { FixedFile } from "./models.ts";
import { plainLine } from "./plain.ts";
import type { Voice } from "./voice.ts";

/** What `check --fix` did for one file, and what the trainer would still refuse of the copy. */
export function renderFixed({ copy, fixes, state, why, errors }: FixedFile, voice: Voice): string {
  const made = fixes.map((fix) => fixText(fix, voice)).join(", ");
  const done = state === "written" ? made : `${made} (${voice.plain(`fix.${state}`, { why: why ?? "" })})`;
  const left = errors.map(
    ({ path, message }) => `${path === "" ? voice.plain("check.whole-file") : path}: ${voice.say(message)}`,
  );
  const still =
    left.length === 0 ? "" : `  ${voice.plain("fix.still-refused", { errors: left.join(" ") })}\n`;
  return `${plainLine(copy, 300)}: ${done}\n${still}`;
}

/** `batch_size 12.0 → 12`: as it stood in the file, where the value alone does not show what was wrong with it. */
function fixText({ path, from, to, literal }: ConfigFix, voice: Voice): string {
  if (path === "") return voice.plain("fix.byte-order-mark");
  const before = literal ?? JSON.stringify(from);
  return to === null
    ? voice.plain("fix.removed", { path, from: before })
    : voice.plain("fix.change", { path, from: before, to: JSON.stringify(to) });
}
