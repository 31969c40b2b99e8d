/** Checkpoints as the trainer leaves them (trainer facts 7), and which of them a training can go on from. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { AutoloopError } from "../errors.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";
import { hasCode } from "./atomic-file.ts";
import { checkWeights } from "./weights-file.ts";

export interface Checkpoint {
  readonly step: number;
  /** Absolute path of its `train_config.json`: all that the trainer is told. */
  readonly config: string;
  readonly saved: SavedConfig;
}

/** What the trainer will do without being asked again. */
const SavedConfig = z.looseObject({
  output_dir: z.string(),
  wandb: z.looseObject({
    run_id: z.string(),
    mode: z.string().nullish(),
    project: z.string(),
  }),
});
type SavedConfig = z.infer<typeof SavedConfig>;

const TrainingStep = z.looseObject({ step: z.int().positive() });

/**
 * The newest checkpoint that is complete, or why there is none to go on from. A trainer that was killed while it saved leaves the
 * newest one incomplete, and perhaps no `last`. Older ones than a non-finite one are not used: that training was poisoned.
 */
export async function findCheckpoint(outputDir: string): Promise<Checkpoint | string> {
  const folder = join(outputDir, "checkpoints");
  const names = (await namesIn(folder)).filter((name) => /^\d+$/.test(name));
  const last = await readlink(join(folder, "last")).catch(() => null);
  for (const name of names.toSorted((a, b) => Number(b) - Number(a))) {
    const found = await readCheckpoint(join(folder, name));
    if (found === "non-finite") return `the weights that it saved at step ${Number(name)} are not finite`;
    if (found === null || found.step !== Number(name)) continue;
    const shown = last === name ? "last" : name;
    return { ...found, config: join(folder, shown, "pretrained_model", "train_config.json") };
  }
  return names.length > 0 ? "none of its checkpoints is complete" : "it left no checkpoint";
}

async function readCheckpoint(folder: string): Promise<Omit<Checkpoint, "config"> | "non-finite" | null> {
  const model = join(folder, "pretrained_model");
  const state = join(folder, "training_state");
  const saved = SavedConfig.safeParse(await readJson(join(model, "train_config.json")));
  const counter = TrainingStep.safeParse(await readJson(join(state, "training_step.json")));
  if (!saved.success || !counter.success) return null;
  for (const file of [join(model, "model.safetensors"), join(state, "optimizer_state.safetensors")]) {
    const weights = await checkWeights(file);
    if (weights !== "finite") return weights === "non-finite" ? weights : null;
  }
  return { step: counter.data.step, saved: saved.data };
}

/** Python writes NaN into JSON; a file that was cut short says nothing. */
async function readJson(path: string): Promise<unknown> {
  try {
    return parseLenientJson(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof AutoloopError || hasCode(error, ["ENOENT", "ENOTDIR"])) return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, ["ENOENT", "ENOTDIR"])) return [];
    throw error;
  }
}
