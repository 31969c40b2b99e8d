/** Bytes compared four at a time. */
export function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Whether `known` stands in `words` at `from`; there must be as many bytes. */
export function standsAt(words: DataView, from: number, known: DataView): boolean {
  const length = known.byteLength;
  let at = 0;
  for (; at + 4 <= length; at += 4) if (known.getInt32(at) !== words.getInt32(from + at)) return false;
  for (; at < length; at++) if (known.getUint8(at) !== words.getUint8(from + at)) return false;
  return true;
}
