import { PIXELS, PIXELS_ALL } from "./cameras.ts";
import type { Images } from "./encoder.ts";
import { ACTION_DIMS } from "./robot.ts";
import { FEATURES, FEATURES_PER_CAMERA } from "./weights.ts";
import { CHUNK, CHUNK_VALUES, RAW_SCALE } from "./world.ts";

/** One cost term of the plan (trainer facts 2.6): distances of learned embeddings, of raw labels, or both. */
export interface CostTerm {
  /** As logged: `train/ot_cost/<name>`. */
  readonly name: string;
  /** Gradient path: weight of the squared distance of one camera's features; null = no learned embedding. */
  readonly embed: { readonly camera: number; readonly weight: number } | null;
  /** Detached path: weight of the squared raw distance; null = off. */
  readonly label: LabelCost | null;
}

export type LabelCost =
  | { readonly of: "action"; readonly weight: number; readonly from: number; readonly to: number }
  | { readonly of: "image"; readonly weight: number; readonly camera: number; readonly scale: number };

/** One domain's side of the paired samples. */
export interface Side {
  readonly images: Images;
  /** [rows][CHUNK_VALUES] */
  readonly chunks: Float64Array;
}

/**
 * Weighted cost of pairing row i of the source with row j of the target. Action labels are summed over the whole configured
 * chunk, in raw units, which is what makes small weights large (trainer facts 15).
 */
export function costOf(
  term: CostTerm,
  { source, target, chunkScale }: { source: Side; target: Side; chunkScale: number },
  { i, j }: { i: number; j: number },
): number {
  let cost = 0;
  if (term.embed)
    cost += term.embed.weight * embedDistance(source.images, target.images, term.embed.camera, i, j);
  if (term.label?.of === "action")
    cost += term.label.weight * chunkScale * actionDistance(source, target, term.label, i, j);
  if (term.label?.of === "image") {
    const { camera, scale, weight } = term.label;
    cost += weight * scale * pixelDistance(source.images, target.images, camera, i, j);
  }
  return cost;
}

/** Values of the configured chunk that one predicted action stands for, times raw units squared. */
export function chunkScaleOf(chunkSize: number): number {
  return (chunkSize / CHUNK) * RAW_SCALE * RAW_SCALE;
}

function embedDistance(source: Images, target: Images, camera: number, i: number, j: number): number {
  const one = i * FEATURES + camera * FEATURES_PER_CAMERA;
  const other = j * FEATURES + camera * FEATURES_PER_CAMERA;
  return squaredDistance(source.features, target.features, one, other, FEATURES_PER_CAMERA);
}

function pixelDistance(source: Images, target: Images, camera: number, i: number, j: number): number {
  const one = i * PIXELS_ALL + camera * PIXELS;
  return squaredDistance(source.pixels, target.pixels, one, j * PIXELS_ALL + camera * PIXELS, PIXELS);
}

function actionDistance(
  source: Side,
  target: Side,
  { from, to }: { from: number; to: number },
  i: number,
  j: number,
): number {
  let sum = 0;
  for (let step = 0; step < CHUNK; step++) {
    const offset = step * ACTION_DIMS + from;
    sum += squaredDistance(
      source.chunks,
      target.chunks,
      i * CHUNK_VALUES + offset,
      j * CHUNK_VALUES + offset,
      to - from,
    );
  }
  return sum;
}

function squaredDistance(
  one: Float64Array,
  other: Float64Array,
  at: number,
  otherAt: number,
  length: number,
): number {
  let sum = 0;
  for (let k = 0; k < length; k++) {
    const difference = (one[at + k] ?? 0) - (other[otherAt + k] ?? 0);
    sum += difference * difference;
  }
  return sum;
}
