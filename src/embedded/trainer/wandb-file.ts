import { closeSync, openSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

/**
 * Writes a `.wandb` file: a 7-byte header, then records cut into chunks that never cross a 32 KiB block (wandb facts 9.1). Like the
 * SDK it reaches the disk only when a block is full or at `close`: a killed run leaves seven bytes (wandb facts 10).
 */
export interface RecordFile {
  append(record: Uint8Array): void;
  close(): void;
}

const HEADER = Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00);
const BLOCK = 32768;
const CHUNK_HEADER = 7;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

export function openRecordFile(path: string): RecordFile {
  const file = openSync(path, "w");
  writeSync(file, HEADER);
  const block = Buffer.alloc(BLOCK);
  let used = HEADER.length;
  let written = HEADER.length;

  function flush(): void {
    if (used > written) writeSync(file, block, written, used - written);
    written = used;
  }

  function startNextBlock(): void {
    block.fill(0, used);
    used = BLOCK;
    flush();
    used = 0;
    written = 0;
  }

  function appendChunk(type: number, data: Uint8Array): void {
    const end = used + CHUNK_HEADER + data.length;
    block.writeUInt16LE(data.length, used + 4);
    block[used + 6] = type;
    block.set(data, used + CHUNK_HEADER);
    // In one call over type and data: continued over nothing, zlib starts again from 0.
    block.writeUInt32LE(crc32(block.subarray(used + 6, end)), used);
    used = end;
    if (used === BLOCK) startNextBlock();
  }

  return {
    append(record) {
      let at = 0;
      let isFirst = true;
      do {
        if (BLOCK - used < CHUNK_HEADER) startNextBlock();
        const room = BLOCK - used - CHUNK_HEADER;
        const end = Math.min(record.length, at + room);
        const isLast = end === record.length;
        appendChunk(isFirst ? (isLast ? FULL : FIRST) : isLast ? LAST : MIDDLE, record.subarray(at, end));
        isFirst = false;
        at = end;
        if (isLast) return;
      } while (at < record.length);
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}
