/** Four tables: `TABLES[k]` advances a byte that k more bytes follow. */
const TABLES = makeTables();

/**
 * CRC-32 (IEEE) of `bytes[from, to)` as a signed integer: zlib's own takes whole views only, and a file has millions of
 * chunks: a view for each is more garbage than all else together.
 */
export function crc32Of(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    crc ^=
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    crc =
      (TABLES[768 + (crc & 255)] ?? 0) ^
      (TABLES[512 + ((crc >>> 8) & 255)] ?? 0) ^
      (TABLES[256 + ((crc >>> 16) & 255)] ?? 0) ^
      (TABLES[crc >>> 24] ?? 0);
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ (TABLES[(crc ^ (bytes[at] ?? 0)) & 255] ?? 0);
  return ~crc;
}

function makeTables(): Int32Array {
  const tables = new Int32Array(1024);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < 1024; at++) {
    const before = tables[at - 256] ?? 0;
    tables[at] = (before >>> 8) ^ (tables[before & 255] ?? 0);
  }
  return tables;
}
