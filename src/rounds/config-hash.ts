import { AutoloopError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { isJsonObject } from "../json.ts";
import { configHash } from "../judgement/canonical.ts";
import { valueAt } from "../judgement/config-path.ts";
import { say } from "../judgement/texts.ts";
import { checkConfig, isActWithOt } from "../judgement/trainer-config.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";
import type { TrainerConditions } from "./manifest.ts";

export type HashedConfig =
  | {
      readonly kind: "hashed";
      readonly hash: string;
      readonly config: JsonObject;
    }
  | {
      readonly kind: "refused";
      /** not-act-ot: the trainer might take it, rounds do not. */
      readonly because: "not-launchable" | "not-act-ot";
      readonly reason: string;
      /** It is a configuration, only not one that launches: a correction may help. */
      readonly readable: boolean;
    };

/** Identity of a configuration under a round's conditions, or why no round may train it. */
export function hashConfig({ text, trainer }: { text: string; trainer: TrainerConditions }): HashedConfig {
  const config = readConfig(text);
  if (config !== null && !isActWithOt(config)) return notActOt(config);
  const { errors, hash } = checkConfig({ text, fork: trainer.fork });
  const [problem] = errors;
  if (problem || config === null) {
    const reason = problem ? `${problem.path}: ${say(problem.message, "en")}` : "not a JSON object";
    return { kind: "refused", because: "not-launchable", reason, readable: hash !== null };
  }
  const overrides = { eval_freq: trainer.eval_freq };
  return { kind: "hashed", hash: configHash(config, { fork: trainer.fork, overrides }), config };
}

function notActOt(config: JsonObject): HashedConfig {
  const policy = valueAt(config, ["policy", "type"]) ?? null;
  const reason =
    policy === "act" ? "`ot.enable` is not true" : `\`policy.type\` is ${JSON.stringify(policy)}`;
  return { kind: "refused", because: "not-act-ot", reason, readable: false };
}

/** null: no JSON, or no block; `checkConfig` says which and where. */
function readConfig(text: string): JsonObject | null {
  try {
    const config = parseLenientJson(text);
    return isJsonObject(config) ? config : null;
  } catch (thrown) {
    if (thrown instanceof AutoloopError) return null;
    throw thrown;
  }
}
