import { createHash } from "node:crypto";
import type { Sha } from "./forge.ts";

/** The name that git gives to a file's content. */
export function blobName(content: Uint8Array | string): Sha {
  const bytes = Buffer.from(content);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
