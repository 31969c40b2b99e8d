/** Whether a file of weights (safetensors) is all there and holds numbers only. */
import { type FileHandle, open } from "node:fs/promises";
import * as z from "zod";
import { isMissing } from "./atomic-file.ts";

/** `non-finite`: the trainer saves NaN weights like any others, and goes on with them for good (trainer facts 7). */
export type WeightsState = "finite" | "non-finite" | "incomplete";

const Tensor = z.looseObject({
  dtype: z.string(),
  /** From the end of the header. */
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
type Tensor = z.infer<typeof Tensor>;

const MAX_HEADER_BYTES = 100_000_000;
/** A multiple of every width. */
const PIECE_BYTES = 1 << 22;

export async function checkWeights(path: string): Promise<WeightsState> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (file === null) return "incomplete";
  try {
    const layout = await readLayout(file);
    if (layout === null) return "incomplete";
    for (const tensor of layout.tensors) {
      if (await holdsNonFinite(file, { tensor, from: layout.from })) return "non-finite";
    }
    return "finite";
  } finally {
    await file.close();
  }
}

/** null: the file ends before its header or its last number does. */
async function readLayout(file: FileHandle): Promise<{ tensors: readonly Tensor[]; from: number } | null> {
  const { size } = await file.stat();
  const length = Buffer.alloc(8);
  if ((await file.read(length, 0, 8, 0)).bytesRead < 8) return null;
  const headerBytes = Number(length.readBigUInt64LE(0));
  if (headerBytes > Math.min(size - 8, MAX_HEADER_BYTES)) return null;
  const header = Buffer.alloc(headerBytes);
  await file.read(header, 0, headerBytes, 8);
  const tensors = readHeader(header.toString("utf8"));
  const from = 8 + headerBytes;
  const ends = tensors?.map(({ data_offsets: [, end] }) => from + end) ?? [];
  return tensors && ends.every((end) => end <= size) ? { tensors, from } : null;
}

function readHeader(text: string): readonly Tensor[] | null {
  try {
    const { __metadata__: _, ...tensors } = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    return z.array(Tensor).parse(Object.values(tensors));
  } catch {
    return null; // cut short, or no safetensors at all
  }
}

/** In a number that is not finite all bits of the exponent are set. Integers and unknown formats always are numbers. */
const EXPONENT: Readonly<
  Record<string, { readonly words: 16 | 32; readonly step: number; readonly mask: number }>
> = {
  F16: { words: 16, step: 1, mask: 0x7c00 },
  BF16: { words: 16, step: 1, mask: 0x7f80 },
  F32: { words: 32, step: 1, mask: 0x7f800000 },
  // Little-endian: the exponent is in the second half.
  F64: { words: 32, step: 2, mask: 0x7ff00000 },
};

async function holdsNonFinite(
  file: FileHandle,
  { tensor, from }: { tensor: Tensor; from: number },
): Promise<boolean> {
  const format = EXPONENT[tensor.dtype];
  if (!format) return false;
  const [begin, end] = tensor.data_offsets;
  const piece = new ArrayBuffer(Math.min(PIECE_BYTES, Math.max(0, end - begin)));
  for (let at = begin; at < end; at += PIECE_BYTES) {
    const wanted = Math.min(PIECE_BYTES, end - at);
    const { bytesRead } = await file.read(new Uint8Array(piece), 0, wanted, from + at);
    const words =
      format.words === 16
        ? new Uint16Array(piece, 0, bytesRead >> 1)
        : new Uint32Array(piece, 0, bytesRead >> 2);
    for (let index = format.step - 1; index < words.length; index += format.step) {
      if (((words[index] ?? 0) & format.mask) === format.mask) return true;
    }
  }
  return false;
}
