/** How long a text may be: UTF-16 units and UTF-8 bytes (GitHub facts 2). */
export interface Limits {
  readonly units: number;
  readonly bytes: number;
}

export const BODY_LIMITS: Limits = { units: 60_000, bytes: 65_536 };
export const CHECK_LIMITS: Limits = { units: 60_000, bytes: 65_535 };
/** Over the limit the upload of a job summary is aborted, not cut. */
export const SUMMARY_LIMITS: Limits = { units: 1_000_000, bytes: 1_048_576 };

/** A part of a document. It is there as a whole or not at all, so no table and no fence is ever cut. */
export interface Part {
  /** As the notice calls it. */
  readonly name: string;
  readonly text: string;
  /** Highest goes first; parts of one number go from the last to the first. 0 = only when nothing else is left. */
  readonly spare: number;
}

interface Fitted {
  readonly text: string;
  /** Names of the parts that were left out, in the order of the document. */
  readonly dropped: readonly string[];
}

interface FitOptions {
  readonly parts: readonly Part[];
  readonly limits: Limits;
  /** The paragraph that says what is missing. */
  readonly notice: (dropped: readonly string[]) => string;
}

/** The document with as many of its parts as the limits allow. The first part, which holds the marker, always stays. */
export function fitParts({ parts, limits, notice }: FitOptions): Fitted {
  const order = parts
    .map((part, index) => ({ index, spare: part.spare }))
    .slice(1)
    .sort((a, b) => b.spare - a.spare || b.index - a.index)
    .map(({ index }) => index);
  let low = 0;
  let high = order.length;
  // The first number of dropped parts that fits; the length falls with it but for the notice, which `assembled` bounds.
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(assembled(parts, new Set(order.slice(0, middle)), notice).text, limits)) high = middle;
    else low = middle + 1;
  }
  return assembled(parts, new Set(order.slice(0, low)), notice);
}

export function fits(text: string, { units, bytes }: Limits): boolean {
  return text.length <= units && Buffer.byteLength(text, "utf8") <= bytes;
}

const NAMED = 12;

function assembled(
  parts: readonly Part[],
  without: ReadonlySet<number>,
  notice: FitOptions["notice"],
): Fitted {
  const kept = parts.filter((_part, index) => !without.has(index)).map(({ text }) => text);
  const dropped = [...new Set(parts.filter((_part, index) => without.has(index)).map(({ name }) => name))];
  const named =
    dropped.length <= NAMED ? dropped : [...dropped.slice(0, NAMED), `+ ${dropped.length - NAMED}`];
  const said = dropped.length === 0 ? [] : [notice(named)];
  return { text: [...kept, ...said].filter((text) => text !== "").join("\n\n"), dropped };
}
