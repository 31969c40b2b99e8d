import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { AdamWSettings } from "./adamw.ts";
import type { LearnerState } from "./learner.ts";
import { isList, isMap, isNumber, type Literal, type LiteralMap, parseLiteral, toJson } from "./literal.ts";
import type { StreamState } from "./random.ts";
import { decodeTensor, encodeTensors } from "./safetensors.ts";

/** The trainer's folder layout (trainer facts 7), with the small policy inside. */
export interface Checkpoint {
  readonly step: number;
  readonly state: LearnerState;
  /** Learning rates as saved: on resume they win over the configuration. */
  readonly learningRates: readonly number[];
}

export function saveCheckpoint(
  outputDir: string,
  {
    step,
    steps,
    config,
    state,
    optimizer,
  }: { step: number; steps: number; config: LiteralMap; state: LearnerState; optimizer: AdamWSettings },
): void {
  const name = String(step).padStart(Math.max(6, String(steps).length), "0");
  const folder = join(outputDir, "checkpoints", name);
  const model = join(folder, "pretrained_model");
  const training = join(folder, "training_state");
  mkdirSync(model, { recursive: true });
  mkdirSync(training, { recursive: true });
  writeFileSync(join(model, "config.json"), toJson(config.get("policy") ?? null, 4));
  writeFileSync(join(model, "train_config.json"), toJson(config, 4));
  writeFileSync(join(model, "model.safetensors"), encodeTensors({ weights: state.weights }));
  writeFileSync(join(training, "training_step.json"), JSON.stringify({ step }, null, 4));
  writeFileSync(
    join(training, "optimizer_param_groups.json"),
    JSON.stringify(paramGroups(optimizer), null, 4),
  );
  writeFileSync(
    join(training, "optimizer_state.safetensors"),
    encodeTensors({
      first: state.optimizer.first,
      second: state.optimizer.second,
      steps: Float64Array.of(state.optimizer.steps),
    }),
  );
  writeFileSync(join(training, "rng_state.json"), JSON.stringify(state.pairStream));
  const last = join(outputDir, "checkpoints", "last");
  rmSync(last, { force: true });
  symlinkSync(name, last);
}

/** Reads the checkpoint beside a saved `train_config.json`. */
export function loadCheckpoint(trainConfigPath: string): Checkpoint {
  const model = dirname(resolve(trainConfigPath));
  const training = join(dirname(model), "training_state");
  const optimizer = readFileSync(join(training, "optimizer_state.safetensors"));
  const groups = readJson(join(training, "optimizer_param_groups.json"));
  return {
    step: numberAt(readJson(join(training, "training_step.json")), "step"),
    learningRates: isList(groups) ? groups.map((group) => numberAt(group, "lr")) : [],
    state: {
      weights: decodeTensor(readFileSync(join(model, "model.safetensors")), "weights"),
      optimizer: {
        first: decodeTensor(optimizer, "first"),
        second: decodeTensor(optimizer, "second"),
        steps: decodeTensor(optimizer, "steps")[0] ?? 0,
      },
      pairStream: readStream(readJson(join(training, "rng_state.json"))),
    },
  };
}

function paramGroups({
  learningRate,
  encoderLearningRate,
  beta1,
  beta2,
  epsilon,
  weightDecay,
}: AdamWSettings) {
  const group = { betas: [beta1, beta2], eps: epsilon, weight_decay: weightDecay };
  return [
    { lr: learningRate, ...group },
    { lr: encoderLearningRate, ...group },
  ];
}

function readJson(path: string): Literal {
  return parseLiteral(readFileSync(path, "utf8"));
}

function numberAt(value: Literal | undefined, key: string): number {
  const found = isMap(value) ? value.get(key) : undefined;
  if (!isNumber(found)) throw new Error(`The checkpoint holds no number "${key}".`);
  return found.value;
}

function readStream(value: Literal): StreamState {
  const words = isMap(value) ? value.get("words") : undefined;
  const spare = isMap(value) ? value.get("spare") : undefined;
  const [a = 0, b = 0, c = 0, d = 0] = isList(words) ? words.filter(isNumber).map((word) => word.value) : [];
  return { words: [a, b, c, d], spare: isNumber(spare) ? spare.value : null };
}
