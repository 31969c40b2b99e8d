import { bigNumber, fixed, scientific } from "./python-number.ts";

/** Means over the window since the last log line, and the counters that come with them. */
export interface Meters {
  add(sample: MeterSample): void;
  /** The window's means; starts the next window. */
  read(step: number): MeterReading;
}

interface MeterSample {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly updateSeconds: number;
  readonly dataSeconds: number;
}

export interface MeterReading extends MeterSample {
  readonly steps: number;
  readonly samples: number;
  readonly episodes: number;
  readonly epochs: number;
}

export function createMeters({
  batchSize,
  frames,
  episodes,
}: {
  batchSize: number;
  frames: number;
  episodes: number;
}): Meters {
  const sums = { loss: 0, gradientNorm: 0, learningRate: 0, updateSeconds: 0, dataSeconds: 0 };
  let count = 0;
  return {
    add(sample) {
      sums.loss += sample.loss;
      sums.gradientNorm += sample.gradientNorm;
      sums.learningRate += sample.learningRate;
      sums.updateSeconds += sample.updateSeconds;
      sums.dataSeconds += sample.dataSeconds;
      count++;
    },
    read(step) {
      const samples = step * batchSize;
      const reading = {
        loss: sums.loss / count,
        gradientNorm: sums.gradientNorm / count,
        learningRate: sums.learningRate / count,
        updateSeconds: sums.updateSeconds / count,
        dataSeconds: sums.dataSeconds / count,
        steps: step,
        samples,
        episodes: samples / (frames / episodes),
        epochs: samples / frames,
      };
      sums.loss = 0;
      sums.gradientNorm = 0;
      sums.learningRate = 0;
      sums.updateSeconds = 0;
      sums.dataSeconds = 0;
      count = 0;
      return reading;
    },
  };
}

/** `step:50 smpl:400 ep:7 epch:0.67 loss:9.037 grdn:68.834 lr:3.0e-04 updt_s:0.018 data_s:0.023`. */
export function stepLine(reading: MeterReading): string {
  return [
    `step:${bigNumber(reading.steps)}`,
    `smpl:${bigNumber(reading.samples)}`,
    `ep:${bigNumber(reading.episodes)}`,
    `epch:${fixed(reading.epochs, 2)}`,
    `loss:${fixed(reading.loss, 3)}`,
    `grdn:${fixed(reading.gradientNorm, 3)}`,
    `lr:${scientific(reading.learningRate, 1)}`,
    `updt_s:${fixed(reading.updateSeconds, 3)}`,
    `data_s:${fixed(reading.dataSeconds, 3)}`,
  ].join(" ");
}
