/** A piece of somebody's memory: `bytes[from, to)`. */
export interface Span {
  bytes: Uint8Array;
  from: number;
  to: number;
}

/**
 * Reading protobuf in place. One cursor is reused for all fields of a message, so that passing over millions of fields
 * allocates nothing. Wire types 0 and 2 carry what we read; 1 and 5 are stepped over (wandb facts 9.2).
 */
export interface Cursor extends Span {
  /** The next unread byte, and the end of the message. */
  at: number;
  end: number;
  /** Number of the field that `nextField` stopped at; its bytes are the span. */
  field: number;
  /** Its value where it is a varint. Beyond 2^53 digits are lost. */
  value: number;
  /** The message ended inside a field, or used a wire type that does not exist. */
  malformed: boolean;
}

export function cursor(): Cursor {
  return { bytes: new Uint8Array(0), at: 0, end: 0, field: 0, value: 0, from: 0, to: 0, malformed: false };
}

/** Points the cursor at the message in `span`, which may be the field where another cursor stands. */
export function enter(into: Cursor, span: Span): void {
  into.bytes = span.bytes;
  into.at = span.from;
  into.end = span.to;
  into.malformed = false;
}

/** Moves to the next field. false: the message is over, or malformed. */
export function nextField(c: Cursor): boolean {
  if (c.at >= c.end) return false;
  const tag = varint(c);
  c.field = Math.floor(tag / 8);
  c.value = 0;
  c.from = c.at;
  c.to = c.at;
  switch (tag & 7) {
    case 0:
      c.value = varint(c);
      break;
    case 1:
      c.at += 8;
      break;
    case 2: {
      const length = varint(c);
      c.from = c.at;
      c.at += length;
      c.to = c.at;
      break;
    }
    case 5:
      c.at += 4;
      break;
    default:
      c.malformed = true;
  }
  if (c.at > c.end) c.malformed = true;
  return !c.malformed;
}

function varint(c: Cursor): number {
  const first = c.bytes[c.at++] ?? 0;
  if (first < 128) return first;
  let value = first & 127;
  let scale = 128;
  for (let count = 1; count < 10; count++) {
    if (c.at >= c.end) break;
    const byte = c.bytes[c.at++] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
  c.malformed = true;
  return 0;
}

export function textOf(span: Span): string {
  return view(span).toString("utf8");
}

/** The same memory as a Buffer. */
export function view({ bytes, from, to }: Span): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from);
}
