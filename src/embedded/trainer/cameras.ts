import { type RandomStream, stream } from "./random.ts";
import { type Place, STATE, uniformNoise } from "./robot.ts";

export const CAMERAS = 3;
export const PIXELS = 16;
export const PIXELS_ALL = CAMERAS * PIXELS;

const PIXEL_NOISE = 0.05;
const CONTRAST = 0.6;
/** How far the target's cameras are from the source's, in the same units as CONTRAST: the domain gap. */
const DOMAIN_GAP = 0.6;

/** Renders a state: PIXELS_ALL numbers. */
export type Render = (state: Float64Array, place: Place) => void;

export function sourceCameras(noise: RandomStream): Render {
  return renderWith(sharedWeights(), noise);
}

/** The same cameras, displaced: the domain gap is a property of the target data set. */
export function targetCameras(targetId: string, noise: RandomStream): Render {
  const own = stream("cameras", targetId);
  return renderWith(
    sharedWeights().map((weight) => weight + DOMAIN_GAP * own.normal()),
    noise,
  );
}

/** [PIXELS_ALL][STATE + 1]; the last column is the offset. */
function sharedWeights(): Float64Array {
  const random = stream("cameras");
  return Float64Array.from({ length: PIXELS_ALL * (STATE + 1) }, () => CONTRAST * random.normal());
}

function renderWith(weights: Float64Array, noise: RandomStream): Render {
  return (state, { into, at }) => {
    for (let pixel = 0; pixel < PIXELS_ALL; pixel++) {
      const row = pixel * (STATE + 1);
      let sum = weights[row + STATE] ?? 0;
      for (let k = 0; k < STATE; k++) sum += (weights[row + k] ?? 0) * (state[k] ?? 0);
      into[at + pixel] = sum / (1 + Math.abs(sum)) + uniformNoise(noise, PIXEL_NOISE);
    }
  };
}
