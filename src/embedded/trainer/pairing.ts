import { type RandomStream, stream } from "./random.ts";
import { FRAMES } from "./robot.ts";
import { SOURCE_EPISODES, type World } from "./world.ts";

/** How the trainer picks a source frame for a target frame (trainer facts 2.6). */
export interface PairingSettings {
  /** Frames of jitter on the source side, to both sides. */
  readonly windowSize: number;
  /** The source frame is uniform over the matched episode; `windowSize` is ignored. */
  readonly noWindow: boolean;
  /** Candidate weight exp(-sharpness * raw distance). */
  readonly sharpness: number;
  /** Nearest source episodes per target episode; null = all. */
  readonly topk: number | null;
}

/** Global frame numbers, equally long. */
interface PairedFrames {
  readonly targetFrames: Int32Array;
  readonly sourceFrames: Int32Array;
}

export interface PairSampler {
  /** Target frames that can be drawn. */
  readonly size: number;
  /** Fills both lists. */
  draw(random: RandomStream, frames: PairedFrames): void;
}

/** Share of target frames whose pairing points at an unrelated source frame. */
const BAD_PAIRS = 0.4;
/** Raw distance of two demonstrations whose task differs by the whole range; near ones then lie in 1e-3..1e-1. */
const DISTANCE_SCALE = 0.2;

interface Candidates {
  readonly episodes: Int32Array;
  /** Running sum of the candidate weights, normalised to end at 1. */
  readonly cumulative: Float64Array;
}

export function createPairSampler(
  world: World,
  { episodes, settings }: { episodes: readonly number[]; settings: PairingSettings },
): PairSampler {
  const random = stream("pairs", world.target.episodes);
  const candidates = episodes.map((episode) => rankCandidates(world, { episode, settings, random }));
  const bad = new Int32Array(episodes.length * FRAMES).fill(-1);
  for (let i = 0; i < bad.length; i++) {
    if (random.uniform() < BAD_PAIRS) bad[i] = random.below(SOURCE_EPISODES * FRAMES);
  }
  const { windowSize, noWindow } = settings;
  const last = SOURCE_EPISODES * FRAMES - 1;

  return {
    size: bad.length,
    draw(draws, { targetFrames, sourceFrames }) {
      for (let i = 0; i < targetFrames.length; i++) {
        const row = draws.below(bad.length);
        const position = Math.floor(row / FRAMES);
        const time = row - position * FRAMES;
        const wrong = bad[row] ?? -1;
        const partner = wrong >= 0 ? Math.floor(wrong / FRAMES) : pick(candidates[position], draws.uniform());
        const paired = wrong >= 0 ? wrong : partner * FRAMES + time;
        targetFrames[i] = (episodes[position] ?? 0) * FRAMES + time;
        if (noWindow) sourceFrames[i] = partner * FRAMES + draws.below(FRAMES);
        else sourceFrames[i] = Math.min(last, Math.max(0, paired + jitter(draws, windowSize)));
      }
    },
  };
}

function jitter(random: RandomStream, windowSize: number): number {
  return random.below(2 * windowSize + 1) - windowSize;
}

function rankCandidates(
  world: World,
  {
    episode,
    settings: { sharpness, topk },
    random,
  }: { episode: number; settings: PairingSettings; random: RandomStream },
): Candidates {
  const task = world.target.task[episode] ?? 0;
  const ranked = Array.from({ length: SOURCE_EPISODES }, (_, source) => ({
    source,
    distance:
      DISTANCE_SCALE * ((world.source.task[source] ?? 0) - task) ** 2 + 0.002 * random.uniform() + 0.001,
  })).sort((one, other) => one.distance - other.distance);
  const kept = topk === null || topk < 0 ? ranked : ranked.slice(0, topk);
  const cumulative = new Float64Array(kept.length);
  let total = 0;
  kept.forEach(({ distance }, i) => {
    total += Math.exp(-sharpness * distance);
    cumulative[i] = total;
  });
  for (let i = 0; i < cumulative.length; i++) cumulative[i] = (cumulative[i] ?? 0) / total;
  return { episodes: Int32Array.from(kept, ({ source }) => source), cumulative };
}

function pick(candidates: Candidates | undefined, at: number): number {
  if (candidates === undefined) return 0;
  const { cumulative, episodes } = candidates;
  let i = 0;
  while (i < cumulative.length - 1 && at >= (cumulative[i] ?? 1)) i++;
  return episodes[i] ?? 0;
}
