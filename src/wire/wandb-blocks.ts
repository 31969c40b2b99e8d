import { crc32Of } from "./crc32.ts";
import type { Span } from "./wandb-protobuf.ts";

/** The container of a `.wandb` file: checksummed chunks inside blocks of 32 KiB of file offset (wandb facts 9.1). */
export const BLOCK_BYTES = 32_768;
/** `:W&B`, 0xBEE1 little-endian, version 0. */
export const FILE_HEADER = Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0);
const CHUNK_HEADER_BYTES = 7;

// 3 = MIDDLE
const FULL = 1;
const FIRST = 2;
const LAST = 4;

/** One logical record: `bytes[from, to)`, valid only during the call. */
type OnRecord = (bytes: Uint8Array, from: number, to: number) => void;

interface BlockLosses {
  /** The first seven bytes were not those of a `.wandb` file; what followed was read anyway, the checksums decide. */
  readonly badHeader: boolean;
  /** Places where a checksum or a length was wrong and bytes were skipped. */
  readonly damaged: number;
  /** Bytes of a chunk or a record that ends after the data do: "not yet" in a file that is being written. */
  readonly tail: number;
}

export interface BlockReader {
  /** Takes the file's next bytes. They may end anywhere; `bytes` may be reused by the caller afterwards. */
  push(bytes: Uint8Array, onRecord: OnRecord): void;
  /** The losses so far. */
  losses(): BlockLosses;
}

/**
 * Cuts a stream of file bytes into records. Holds at most one block and one record, however long the file is.
 * Damage never throws: reading goes on at the next chunk of the block whose checksum holds, or else with the next block.
 */
export function blockReader(): BlockReader {
  const block = new Uint8Array(BLOCK_BYTES);
  let held = 0;
  let next = 0;
  let started = false;
  let badHeader = false;
  let damaged = 0;
  const record = recordAssembly(() => damaged++);
  const chunk: Chunk = { type: 0, bytes: block, from: 0, to: 0 }; // one for all: a file has millions

  function push(bytes: Uint8Array, onRecord: OnRecord): void {
    let at = 0;
    while (at < bytes.length) {
      if (held === 0 && bytes.length - at >= BLOCK_BYTES) {
        readChunks(bytes.subarray(at, at + BLOCK_BYTES), onRecord);
        at += BLOCK_BYTES;
        next = 0;
        continue;
      }
      const taken = Math.min(BLOCK_BYTES - held, bytes.length - at);
      block.set(bytes.subarray(at, at + taken), held);
      held += taken;
      at += taken;
      readChunks(held === BLOCK_BYTES ? block : block.subarray(0, held), onRecord);
      if (held === BLOCK_BYTES) {
        held = 0;
        next = 0;
      }
    }
  }

  /** Reads the chunks of the current block from `next` on; an incomplete one stays for when more bytes have come. */
  function readChunks(seen: Uint8Array, onRecord: OnRecord): void {
    if (!started && !readFileHeader(seen)) return;
    const whole = seen.length === BLOCK_BYTES;
    while (BLOCK_BYTES - next >= CHUNK_HEADER_BYTES) {
      const size = chunkSize(seen, next);
      if (size === "padding") {
        next = BLOCK_BYTES;
        return;
      }
      if (typeof size === "string") {
        // Behind a chunk that is really incomplete nothing follows; behind a wrong length something intact may.
        const after = placeAfterDamage(seen, next);
        if (after === null && !whole) return;
        lose(after ?? BLOCK_BYTES);
        continue;
      }
      const from = next + CHUNK_HEADER_BYTES;
      next = from + size;
      chunk.type = seen[from - 1] ?? 0;
      chunk.bytes = seen;
      chunk.from = from;
      chunk.to = next;
      record.take(chunk, onRecord);
    }
  }

  function readFileHeader(seen: Uint8Array): boolean {
    if (seen.length < FILE_HEADER.length) return false;
    badHeader = FILE_HEADER.some((byte, index) => seen[index] !== byte);
    next = FILE_HEADER.length;
    started = true;
    return true;
  }

  function lose(continueAt: number): void {
    damaged++;
    record.drop();
    next = continueAt;
  }

  function losses(): BlockLosses {
    const left = started ? Math.max(0, held - next) : held;
    const damagedEnd = started && left > 0 && chunkSize(block.subarray(0, held), next) === "damaged";
    return {
      badHeader,
      damaged: damagedEnd ? damaged + 1 : damaged,
      tail: (damagedEnd ? 0 : left) + record.pending(),
    };
  }

  return { push, losses };
}

/** Payload bytes of an intact chunk at `at`, or why there is none. */
function chunkSize(block: Uint8Array, at: number): number | "padding" | "incomplete" | "damaged" {
  if (at + CHUNK_HEADER_BYTES > block.length) return "incomplete";
  const size = (block[at + 4] ?? 0) | ((block[at + 5] ?? 0) << 8);
  const type = block[at + 6] ?? 0;
  const crc = readCrc(block, at);
  if (size === 0 && type === 0 && crc === 0) return "padding";
  const end = at + CHUNK_HEADER_BYTES + size;
  if (type < FULL || type > LAST || end > BLOCK_BYTES) return "damaged";
  if (end > block.length) return "incomplete";
  return crc32Of(block, at + 6, end) === crc ? size : "damaged";
}

/** Where reading can go on inside a block after damage: at the next chunk whose checksum holds. null = there is none. */
function placeAfterDamage(block: Uint8Array, at: number): number | null {
  for (let after = at + 1; after + CHUNK_HEADER_BYTES <= block.length; after++) {
    const type = block[after + 6] ?? 0;
    if (type >= FULL && type <= LAST && typeof chunkSize(block, after) === "number") return after;
  }
  return null;
}

function readCrc(block: Uint8Array, at: number): number {
  return (
    (block[at] ?? 0) |
    ((block[at + 1] ?? 0) << 8) |
    ((block[at + 2] ?? 0) << 16) |
    ((block[at + 3] ?? 0) << 24)
  );
}

interface Chunk extends Span {
  type: number;
}

/** Joins FIRST, MIDDLE…, LAST to one record; a FULL chunk is passed on without a copy. */
function recordAssembly(onLoss: () => void) {
  let buffer = new Uint8Array(BLOCK_BYTES);
  let length = 0;
  let open = false;

  function append({ bytes, from, to }: Chunk): void {
    const needed = length + to - from;
    if (needed > buffer.length) {
      const grown = new Uint8Array(Math.max(needed, buffer.length * 2));
      grown.set(buffer.subarray(0, length));
      buffer = grown;
    }
    buffer.set(bytes.subarray(from, to), length);
    length = needed;
  }

  return {
    take(chunk: Chunk, onRecord: OnRecord): void {
      const begins = chunk.type === FULL || chunk.type === FIRST;
      if (begins && open) onLoss();
      if (!begins && !open) return; // the rest of a record whose beginning was lost, and counted there
      if (begins) {
        length = 0;
        open = false;
      }
      if (chunk.type === FULL) {
        onRecord(chunk.bytes, chunk.from, chunk.to);
        return;
      }
      append(chunk);
      open = chunk.type !== LAST;
      if (!open) onRecord(buffer, 0, length);
    },
    drop(): void {
      open = false;
      length = 0;
    },
    pending: () => (open ? length : 0),
  };
}
