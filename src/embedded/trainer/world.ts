import { PIXELS_ALL, type Render, sourceCameras, targetCameras } from "./cameras.ts";
import { type RandomStream, stream } from "./random.ts";
import { ACTION_DIMS, createRobot, FRAMES, type Place, type Robot, STATE } from "./robot.ts";

/**
 * The synthetic data sets: 99 source and 20 target demonstrations of one task whose parameter (say, where the tube stands) the
 * source covers whole and the target only half, seen through cameras that differ between the two domains. The held-out target
 * episodes visit the whole range, so a policy has to carry over what only the source shows (search facts 13).
 */
export interface World {
  readonly source: Demonstrations;
  readonly target: Demonstrations;
  readonly heldOut: HeldOut;
}

export interface Demonstrations {
  readonly episodes: number;
  /** [episodes * FRAMES][PIXELS_ALL] */
  readonly pixels: Float64Array;
  /** [episodes * (FRAMES + HORIZON)][ACTION_DIMS] normalised actions. */
  readonly actions: Float64Array;
  /** [episodes] task parameter in [0, 1]. */
  readonly task: Float64Array;
}

/** Frames of the validation episodes, in order, each with its chunk of future actions. */
interface HeldOut {
  readonly frames: number;
  readonly pixels: Float64Array;
  /** [frames][CHUNK_VALUES] */
  readonly chunks: Float64Array;
}

/** Actions that the policy predicts; each stands for `chunk_size / CHUNK` of the configured chunk. */
export const CHUNK = 5;
export const CHUNK_VALUES = CHUNK * ACTION_DIMS;
/** Raw joint units per normalised unit: label costs are raw, the behaviour-cloning loss is normalised (trainer facts 1.4). */
export const RAW_SCALE = 2.1;
export const SOURCE_EPISODES = 99;
export const TARGET_EPISODES = 20;

const STRIDE = 4;
const HORIZON = CHUNK * STRIDE;
const LENGTH = FRAMES + HORIZON;
/** Spread of the operators' timing, in radians. */
const OPERATOR_PHASE = 0.07;

/** Copies the pixels of `globalFrame` to `into[at..]`. */
export function copyPixels(from: Demonstrations, globalFrame: number, { into, at }: Place): void {
  const read = globalFrame * PIXELS_ALL;
  for (let k = 0; k < PIXELS_ALL; k++) into[at + k] = from.pixels[read + k] ?? 0;
}

/** Copies the chunk of actions that starts at `globalFrame` to `into[at..]`. */
export function copyChunk(from: Demonstrations, globalFrame: number, { into, at }: Place): void {
  const episode = Math.floor(globalFrame / FRAMES);
  const first = (globalFrame + episode * HORIZON) * ACTION_DIMS;
  for (let step = 0; step < CHUNK; step++) {
    const read = first + step * STRIDE * ACTION_DIMS;
    for (let dim = 0; dim < ACTION_DIMS; dim++)
      into[at + step * ACTION_DIMS + dim] = from.actions[read + dim] ?? 0;
  }
}

/** Equal names give equal data sets. */
export function createWorld({ sourceId, targetId }: { sourceId: string; targetId: string }): World {
  const sourceRandom = stream("source", sourceId);
  const targetRandom = stream("target", targetId);
  const sourceScene = {
    robot: createRobot(sourceRandom),
    render: sourceCameras(sourceRandom),
    random: sourceRandom,
  };
  const targetScene = {
    robot: createRobot(targetRandom),
    render: targetCameras(targetId, targetRandom),
    random: targetRandom,
  };
  const wholeRange = Array.from({ length: SOURCE_EPISODES }, (_, i) => (i + 0.5) / SOURCE_EPISODES);
  const lowerHalf = Array.from(
    { length: TARGET_EPISODES },
    (_, i) => ((i * 7) % TARGET_EPISODES) / (2 * TARGET_EPISODES),
  );
  return {
    source: demonstrate(sourceScene, wholeRange),
    target: demonstrate(targetScene, lowerHalf),
    heldOut: holdOut(targetScene),
  };
}

interface Scene {
  readonly robot: Robot;
  readonly render: Render;
  readonly random: RandomStream;
}

function demonstrate({ robot, render, random }: Scene, tasks: readonly number[]): Demonstrations {
  const pixels = new Float64Array(tasks.length * FRAMES * PIXELS_ALL);
  const actions = new Float64Array(tasks.length * LENGTH * ACTION_DIMS);
  const state = new Float64Array(STATE);
  tasks.forEach((task, episode) => {
    const operator = OPERATOR_PHASE * random.normal();
    for (let time = 0; time < LENGTH; time++) {
      robot.act({ time, task, operator }, { into: actions, at: (episode * LENGTH + time) * ACTION_DIMS });
    }
    for (let time = 0; time < FRAMES; time++) {
      robot.observe({ time, task }, state);
      render(state, { into: pixels, at: (episode * FRAMES + time) * PIXELS_ALL });
    }
  });
  return { episodes: tasks.length, pixels, actions, task: Float64Array.from(tasks) };
}

/** Two episodes' worth of target frames, every one with another task of the whole range. */
function holdOut({ robot, render }: Scene): HeldOut {
  const frames = 2 * FRAMES;
  const pixels = new Float64Array(frames * PIXELS_ALL);
  const chunks = new Float64Array(frames * CHUNK_VALUES);
  const state = new Float64Array(STATE);
  for (let frame = 0; frame < frames; frame++) {
    const time = frame % FRAMES;
    const task = ((frame * 37) % frames) / frames;
    robot.observe({ time, task }, state);
    render(state, { into: pixels, at: frame * PIXELS_ALL });
    for (let step = 0; step < CHUNK; step++) {
      const moment = { time: time + step * STRIDE, task, operator: 0 };
      robot.act(moment, { into: chunks, at: frame * CHUNK_VALUES + step * ACTION_DIMS });
    }
  }
  return { frames, pixels, chunks };
}
