/** Arrays of doubles in the safetensors container: u64 length, JSON header, data. */
export function encodeTensors(tensors: Readonly<Record<string, Float64Array>>): Uint8Array {
  let end = 0;
  const header: Record<string, unknown> = {};
  for (const [name, values] of Object.entries(tensors)) {
    header[name] = { dtype: "F64", shape: [values.length], data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const text = JSON.stringify(header);
  const head = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8), "utf8");
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(head.length));
  const data = Object.values(tensors).map(({ buffer, byteOffset, byteLength }) => {
    return Buffer.from(buffer, byteOffset, byteLength);
  });
  return Buffer.concat([size, head, ...data]);
}

/** Throws when a tensor is missing or the file is none of ours. */
export function decodeTensor(bytes: Buffer, name: string): Float64Array {
  const head = Number(bytes.readBigUInt64LE(0));
  const header: unknown = JSON.parse(bytes.subarray(8, 8 + head).toString("utf8"));
  const [from, to] = offsetsOf(header, name);
  const values = new Float64Array((to - from) / 8);
  for (let i = 0; i < values.length; i++) values[i] = bytes.readDoubleLE(8 + head + from + i * 8);
  return values;
}

function offsetsOf(header: unknown, name: string): readonly [number, number] {
  if (typeof header === "object" && header !== null) {
    const entry: unknown = Object.entries(header).find(([key]) => key === name)?.[1];
    if (
      typeof entry === "object" &&
      entry !== null &&
      "data_offsets" in entry &&
      Array.isArray(entry.data_offsets)
    ) {
      const [from, to]: readonly unknown[] = entry.data_offsets;
      if (typeof from === "number" && typeof to === "number") return [from, to];
    }
  }
  throw new Error(`The weights file holds no tensor "${name}".`);
}
