/** A seeded stream of numbers (sfc32): equal seeds give equal streams on every machine. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, n). */
  below(n: number): number;
  /** What `restoreStream` needs to go on exactly here. */
  state(): StreamState;
}

export interface StreamState {
  readonly words: readonly [number, number, number, number];
  /** The second half of the last Box-Muller pair, not handed out yet. */
  readonly spare: number | null;
}

/** A stream named by any mix of texts and numbers, e.g. `stream("world", repoId)` or `stream("init", seed)`. */
export function stream(...name: readonly (string | number)[]): RandomStream {
  const text = name.join("\u0000");
  const words: StreamState["words"] = [fnv1a(text, 1), fnv1a(text, 2), fnv1a(text, 3), 1];
  const born = restoreStream({ words, spare: null });
  for (let i = 0; i < 12; i++) born.uniform();
  return born;
}

export function restoreStream({ words, spare }: StreamState): RandomStream {
  let [a, b, c, counter] = words;
  let left = spare;

  function uniform(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4294967296;
  }

  function normal(): number {
    if (left !== null) {
      const kept = left;
      left = null;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    left = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  return {
    uniform,
    normal,
    below: (n) => Math.floor(uniform() * n),
    state: () => ({ words: [a, b, c, counter], spare: left }),
  };
}

function fnv1a(text: string, salt: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1);
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
