import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Terminal } from "./terminal.ts";

/** The rehearsal is a program of its own: nothing of the embedded services is in this one. */
export async function runDemo(terminal: Terminal, { keep }: { readonly keep?: string }): Promise<void> {
  const program = fileURLToPath(new URL("./rehearsal.js", import.meta.url));
  const child = spawn(process.execPath, [program, "demo", ...(keep ? ["--keep", keep] : [])], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...terminal.env },
  });
  const [code] = await once(child, "exit");
  if (code !== 0) terminal.exitCode = 1;
}
