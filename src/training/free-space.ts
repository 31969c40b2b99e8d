import { statfs } from "node:fs/promises";

/** Why nothing more may begin where `folder` lies; null: there is room. */
export async function lackOfSpace(folder: string, minFreeBytes: number): Promise<string | null> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= minFreeBytes) return null;
  return `only ${gigabytes(free)} GB are free where ${folder} lies, and \`trainer.min_free_gb\` asks for ${gigabytes(minFreeBytes)}; \`autoloop prune\` lists the checkpoints that can go`;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1).replace(/\.0$/, "");
}
