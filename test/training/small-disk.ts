import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

type SmallDisk = { readonly folder: string } | string;

/** The mount point of a file system of a few megabytes, or why there is none. */
export function mountSmall(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "autoloop-small-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], { stdio: "pipe" });
    return { folder };
  } catch (error) {
    rmSync(folder, { recursive: true });
    return `it cannot be mounted here (${error instanceof Error ? error.message.trim().split("\n").at(-1) : error})`;
  }
}

/** For the title of what is not tested without it. */
export function whyNotMounted(disk: SmallDisk): string {
  return typeof disk === "string" ? ` (skipped: ${disk})` : "";
}
