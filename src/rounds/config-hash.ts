import type { JsonObject } from "../json.ts";
import { isJsonObject } from "../json.ts";
import { configHash } from "../judgement/canonical.ts";
import { checkConfig } from "../judgement/trainer-config.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";
import type { TrainerConditions } from "./manifest.ts";

export type HashedConfig =
  | {
      readonly kind: "hashed";
      readonly hash: string;
      readonly config: JsonObject;
    } /** `readable`: it is a configuration, only not one that launches. */
  | { readonly kind: "refused"; readonly reason: string; readonly readable: boolean };

/** Identity of a configuration under a round's conditions, or why the trainer would not start with it. */
export function hashConfig({ text, trainer }: { text: string; trainer: TrainerConditions }): HashedConfig {
  const checked = checkConfig({ text, fork: trainer.fork });
  const [problem] = checked.errors;
  if (problem)
    return {
      kind: "refused",
      reason: `${problem.path}: ${problem.message}`,
      readable: checked.hash !== null,
    };
  const config = parseLenientJson(text);
  if (!isJsonObject(config)) return { kind: "refused", reason: "not a JSON object", readable: false };
  const overrides = { eval_freq: trainer.eval_freq };
  return { kind: "hashed", hash: configHash(config, { fork: trainer.fork, overrides }), config };
}
