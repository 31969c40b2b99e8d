/** The little of protobuf that the run file needs: varints, lengths, texts, sub-messages. proto3 leaves zeros out. */
export type Message = readonly (Uint8Array | null)[];

export function integer(field: number, value: number): Uint8Array | null {
  return value === 0 ? null : Buffer.concat([varint(field << 3), varint(value)]);
}

export function text(field: number, value: string | null): Uint8Array | null {
  return value === null || value === "" ? null : bytes(field, Buffer.from(value, "utf8"));
}

/** A sub-message; written even when it is empty. */
export function message(field: number, parts: Message): Uint8Array {
  return bytes(field, join(parts));
}

export function join(parts: Message): Uint8Array {
  return Buffer.concat(parts.filter((part) => part !== null));
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);
}

function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return Uint8Array.from(out);
}
