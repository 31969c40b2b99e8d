import { type AdamW, type AdamWSettings, clipGradient, createAdamW, stepAdamW } from "./adamw.ts";
import { type Alignment, type AlignmentSettings, createAlignment } from "./alignment.ts";
import { PIXELS_ALL } from "./cameras.ts";
import { createPairSampler, type PairingSettings } from "./pairing.ts";
import { addPolicyGradient, type Batch, createBatch, predict, reconstruct } from "./policy.ts";
import { type RandomStream, restoreStream, type StreamState, stream } from "./random.ts";
import { FRAMES } from "./robot.ts";
import { initialWeights, WEIGHTS } from "./weights.ts";
import { CHUNK_VALUES, copyChunk, copyPixels, createWorld, SOURCE_EPISODES, type World } from "./world.ts";

/** Everything that decides a training, and nothing else: equal settings give bit-identical series. */
export interface LearnerSettings {
  readonly seed: number | string;
  readonly batchSize: number;
  /** Changes the stream of pairs, as in the real trainer; no process is started. */
  readonly numWorkers: number;
  readonly sourceId: string;
  readonly targetId: string;
  /** Target episodes to train on. */
  readonly episodes: readonly number[];
  /** Probability that a behaviour-cloning sample is a source frame. */
  readonly sourceShare: number;
  /** Weight of the divergence; null = no variational latent. */
  readonly klWeight: number | null;
  /** With the learning rates as configured; the steps taken are RATE times as long. */
  readonly optimizer: AdamWSettings;
  readonly gradientClip: number;
  readonly alignment: AlignmentSettings | null;
  readonly pairing: PairingSettings;
}

/** What the last step measured; the object is reused. `ot` is read from `Learner.alignment`. */
interface StepReading {
  loss: number;
  l1: number;
  kld: number;
  gradientNorm: number;
}

/** All that a checkpoint must hold to go on. */
export interface LearnerState {
  readonly weights: Float64Array;
  readonly optimizer: AdamW;
  readonly pairStream: StreamState;
}

export interface Learner {
  readonly reading: StepReading;
  readonly alignment: Alignment | null;
  /** Draws the next batch of demonstrations. */
  draw(): void;
  /** One optimiser step on it. */
  update(): void;
  /** Mean absolute error over the first `20 * batchSize` held-out frames; draws once from the stream that pairs come from. */
  evaluate(): { readonly averageL1: number; readonly batches: number };
  state(): LearnerState;
  /** Makes every weight NaN, as one NaN in the data would within a step. */
  poison(): void;
}

/** Batches of an evaluation, at most. */
const EVAL_BATCHES = 20;
/** A small policy bears, and in 2,000 steps needs, longer steps than a large one. */
const RATE = 3;

export function createLearner(settings: LearnerSettings, resumed?: LearnerState): Learner {
  const world = createWorld({ sourceId: settings.sourceId, targetId: settings.targetId });
  const weights = resumed?.weights ?? initialWeights(stream("init", settings.seed));
  const optimizer = resumed?.optimizer ?? createAdamW(WEIGHTS);
  const gradient = new Float64Array(WEIGHTS);
  const batch = createBatch(settings.batchSize);
  const evalBatch = createBatch(settings.batchSize);
  // Re-seeded on resume on purpose: the real sampler replays its frames from step 0 as well (trainer facts 7).
  const frames = stream("frames", settings.seed);
  const pairStream = resumed
    ? restoreStream(resumed.pairStream)
    : stream("pairs", settings.seed, settings.numWorkers);
  const sampler = createPairSampler(world, { episodes: settings.episodes, settings: settings.pairing });
  const usable = settings.alignment && sampler.size >= settings.alignment.pairs ? settings.alignment : null;
  const alignment = usable ? createAlignment(world, { settings: usable, sampler, random: pairStream }) : null;
  const reading: StepReading = { loss: 0, l1: 0, kld: 0, gradientNorm: 0 };
  const sums = { weights, gradient, settings: scaled(settings.optimizer) };
  const reconstruction = { batch, losses: reading };
  const policyGradient = { weights, batch, klWeight: settings.klWeight };

  return {
    reading,
    alignment,
    draw: () => drawBatch(world, { settings, random: frames, batch }),
    update() {
      gradient.fill(0);
      if (settings.klWeight === null) reading.l1 = predict(weights, batch);
      else reconstruct(weights, reconstruction);
      addPolicyGradient(gradient, policyGradient);
      reading.loss = reading.l1 + (settings.klWeight ?? 0) * reading.kld;
      if (alignment) {
        alignment.read(weights);
        alignment.addGradient(gradient);
        reading.loss += alignment.lambda * alignment.reading.loss;
      }
      reading.gradientNorm = clipGradient(gradient, settings.gradientClip);
      stepAdamW(optimizer, sums);
    },
    evaluate() {
      pairStream.uniform();
      return evaluate(world, { weights, batch: evalBatch });
    },
    state: () => ({ weights, optimizer, pairStream: pairStream.state() }),
    poison: () => void weights.fill(Number.NaN),
  };
}

function scaled(optimizer: AdamWSettings): AdamWSettings {
  return {
    ...optimizer,
    learningRate: optimizer.learningRate * RATE,
    encoderLearningRate: optimizer.encoderLearningRate * RATE,
  };
}

function drawBatch(
  world: World,
  { settings, random, batch }: { settings: LearnerSettings; random: RandomStream; batch: Batch },
): void {
  const { episodes, sourceShare } = settings;
  for (let row = 0; row < batch.rows; row++) {
    const isSource = random.uniform() < sourceShare;
    const from = isSource ? world.source : world.target;
    const count = isSource ? SOURCE_EPISODES : episodes.length;
    const drawn = random.below(count * FRAMES);
    const position = Math.floor(drawn / FRAMES);
    const frame = isSource ? drawn : (episodes[position] ?? 0) * FRAMES + (drawn - position * FRAMES);
    copyPixels(from, frame, { into: batch.images.pixels, at: row * PIXELS_ALL });
    copyChunk(from, frame, { into: batch.chunks, at: row * CHUNK_VALUES });
  }
  const { noise } = batch.latents;
  for (let i = 0; i < noise.length; i++) noise[i] = random.normal();
}

function evaluate(
  { heldOut }: World,
  { weights, batch }: { weights: Float64Array; batch: Batch },
): { averageL1: number; batches: number } {
  const batches = Math.min(EVAL_BATCHES, Math.ceil(heldOut.frames / batch.rows));
  let sum = 0;
  for (let index = 0; index < batches; index++) {
    for (let row = 0; row < batch.rows; row++) {
      const frame = (index * batch.rows + row) % heldOut.frames;
      const pixels = heldOut.pixels.subarray(frame * PIXELS_ALL, (frame + 1) * PIXELS_ALL);
      batch.images.pixels.set(pixels, row * PIXELS_ALL);
      batch.chunks.set(
        heldOut.chunks.subarray(frame * CHUNK_VALUES, (frame + 1) * CHUNK_VALUES),
        row * CHUNK_VALUES,
      );
    }
    sum += predict(weights, batch);
  }
  return { averageL1: sum / batches, batches };
}
