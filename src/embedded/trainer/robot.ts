import { type RandomStream, stream } from "./random.ts";

/**
 * The synthetic task: eight joints, each a sum of three swings whose timing shifts with the task parameter. The state that
 * the cameras see is the sine and cosine of every swing, so demonstrated actions are a function of it.
 */
export const FRAMES = 100;
export const ACTION_DIMS = 8;
export const STATE = 6;

/** Swings per episode, their shares of the variance, and how far the whole range of tasks shifts each, in radians. */
const SWINGS = [
  { turns: 2, share: 0.4, taskPhase: 2 },
  { turns: 6, share: 0.35, taskPhase: -3 },
  { turns: 9, share: 0.25, taskPhase: 4 },
] as const;

/** Standard deviation of the noise in demonstrated actions, normalised units. */
const ACTION_NOISE = 0.12;

export interface Robot {
  /** Writes one demonstrated action; `operator` shifts every swing, in radians. */
  act(moment: Moment & { readonly operator: number }, place: Place): void;
  /** Writes the state to `into[0..STATE)`. */
  observe(moment: Moment, into: Float64Array): void;
}

/** Where in an array to write. */
export interface Place {
  readonly into: Float64Array;
  readonly at: number;
}

interface Moment {
  /** Frame of the episode. */
  readonly time: number;
  /** Task parameter in [0, 1]. */
  readonly task: number;
}

export function createRobot(noise: RandomStream): Robot {
  const random = stream("robot");
  const phases = Float64Array.from(
    { length: ACTION_DIMS * SWINGS.length },
    () => 2 * Math.PI * random.uniform(),
  );
  return {
    act(moment, { into, at }) {
      for (let dim = 0; dim < ACTION_DIMS; dim++) {
        let position = uniformNoise(noise, ACTION_NOISE);
        for (let swing = 0; swing < SWINGS.length; swing++) {
          const phase = (phases[dim * SWINGS.length + swing] ?? 0) + moment.operator;
          const amplitude = Math.sqrt(2 * (SWINGS[swing]?.share ?? 0));
          position += amplitude * Math.sin(angleOf(swing, moment) + phase);
        }
        into[at + dim] = position;
      }
    },
    observe(moment, into) {
      for (let swing = 0; swing < SWINGS.length; swing++) {
        const angle = angleOf(swing, moment);
        into[2 * swing] = Math.sin(angle);
        into[2 * swing + 1] = Math.cos(angle);
      }
    },
  };
}

/** Uniform noise of the given standard deviation; ten times cheaper than normal noise, and there is a lot of it. */
export function uniformNoise(random: RandomStream, spread: number): number {
  return (random.uniform() - 0.5) * Math.sqrt(12) * spread;
}

function angleOf(swing: number, { time, task }: Moment): number {
  const { turns, taskPhase } = SWINGS[swing] ?? { turns: 0, taskPhase: 0 };
  return (2 * Math.PI * turns * time) / FRAMES + taskPhase * task;
}
