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

/** One weighted squared distance between a row of the source and a row of the target. */
export interface Distance {
  readonly weight: number;
  readonly source: Float64Array;
  readonly target: Float64Array;
  /** Values per row. */
  readonly width: number;
  /** Within a row: `count` stretches of `length` values, `stride` apart, the first at `from`. */
  readonly from: number;
  readonly length: number;
  readonly count: number;
  readonly stride: number;
}

/**
 * A term as distances between the arrays of both sides. Action labels are summed over the whole configured chunk, in raw units,
 * which is what makes small weights large (trainer facts 15).
 */
export function distancesOf(
  { embed, label }: CostTerm,
  { source, target, chunkSize }: { source: Side; target: Side; chunkSize: number },
): Distance[] {
  const distances: Distance[] = [];
  if (embed) {
    const from = embed.camera * FEATURES_PER_CAMERA;
    const stretch = { width: FEATURES, from, length: FEATURES_PER_CAMERA, count: 1, stride: 0 };
    const sides = { source: source.images.features, target: target.images.features };
    distances.push({ weight: embed.weight, ...sides, ...stretch });
  }
  if (label?.of === "image") {
    const stretch = { width: PIXELS_ALL, from: label.camera * PIXELS, length: PIXELS, count: 1, stride: 0 };
    const sides = { source: source.images.pixels, target: target.images.pixels };
    distances.push({ weight: label.weight * label.scale, ...sides, ...stretch });
  }
  if (label?.of === "action") {
    const length = label.to - label.from;
    const stretch = { width: CHUNK_VALUES, from: label.from, length, count: CHUNK, stride: ACTION_DIMS };
    const weight = label.weight * (chunkSize / CHUNK) * RAW_SCALE * RAW_SCALE;
    distances.push({ weight, source: source.chunks, target: target.chunks, ...stretch });
  }
  return distances;
}

/** Cost of pairing source row i with target row j. */
export function costAt(distances: readonly Distance[], { i, j }: { i: number; j: number }): number {
  let cost = 0;
  for (const { weight, source, target, width, from, length, count, stride } of distances) {
    let sum = 0;
    for (let stretch = 0; stretch < count; stretch++) {
      const one = i * width + from + stretch * stride;
      const other = j * width + from + stretch * stride;
      for (let k = 0; k < length; k++) {
        const difference = (source[one + k] ?? 0) - (target[other + k] ?? 0);
        sum += difference * difference;
      }
    }
    cost += weight * sum;
  }
  return cost;
}
