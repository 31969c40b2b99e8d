import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeProgram } from "./real-ports.ts";

export function uuid(index: number): string {
  return `GPU-0000000${index}-1111-2222-3333-444444444444`;
}

interface Row {
  used?: string;
  load?: string;
  mode?: string;
  mig?: string;
  ecc?: string;
}

/** One line as the tool prints it for the fields that we ask for, in that order. */
export function gpuRow(index: number, row: Row = {}): string {
  const { used = "3", load = "0", mode = "Default", mig = "Disabled", ecc = "0" } = row;
  return `${index}, ${uuid(index)}, NVIDIA A100-SXM4-40GB, 40960, ${used}, ${load}, ${mode}, ${mig}, ${ecc}`;
}

/** An executable `nvidia-smi` in `folder` that prints these rows, and compute apps from `apps.csv` beside it. */
export function fakeNvidiaSmi(folder: string, rows: readonly string[]): void {
  writeFileSync(join(folder, "gpus.csv"), `${rows.join("\n")}\n`);
  writeFileSync(join(folder, "apps.csv"), "");
  writeProgram(
    folder,
    "nvidia-smi",
    `#!/bin/sh
case "$1" in
  --query-gpu=*) cat '${folder}/gpus.csv' ;;
  *) cat '${folder}/apps.csv' ;;
esac
`,
  );
}
