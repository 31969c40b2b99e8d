import { basename } from "node:path";
import * as z from "zod";
import { plainLine } from "../neutral-text.ts";
import type { RunCommand } from "../ports.ts";
import { PROBE_MARK, PROBE_PROGRAM } from "./probe-program.ts";

/** What the trainer's Python says of itself. Versions are null where a package is not installed. */
export const PythonFacts = z.looseObject({
  python: z.string(),
  /** `found`, `missing`, or the error with which looking for it ended; null: no module is started. */
  module: z.string().nullable(),
  wandb: z.string().nullable(),
  get_url: z.boolean().nullable(),
  pot: z.string().nullable(),
  torch: z.string().nullable(),
  /** null: nobody asked. */
  cuda: z
    .looseObject({
      build: z.string().nullable(),
      visible: z.int().nonnegative(),
      error: z.string().nullable(),
    })
    .nullable(),
  server: z
    .looseObject({
      host: z.string().nullable(),
      /** null: cannot be told. */
      key: z.boolean().nullable(),
      proxied: z.boolean(),
      status: z.int().nullable(),
      error: z.string().nullable(),
    })
    .nullable(),
});
export type PythonFacts = z.infer<typeof PythonFacts>;

export interface ProbeRequest {
  readonly run: RunCommand;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly wants: {
    /** GPUs will be used. */
    readonly cuda: boolean;
    /** Address that the trainer will log to; null: none, or not directly. */
    readonly server: string | null;
  };
}

export type ProbeResult =
  | { readonly kind: "facts"; readonly facts: PythonFacts; readonly module: string | null }
  | { readonly kind: "no-python" | "silent" | "broken"; readonly why: string };

/** PyTorch alone may take half a minute from a network drive. */
const TIMEOUT_MS = 180_000;

export function isPython([file = ""]: readonly string[]): boolean {
  return /^python[\d.]*$/.test(basename(file));
}

export async function probePython(request: ProbeRequest): Promise<ProbeResult> {
  const { run, command, wants } = request;
  const [file = ""] = command;
  const module = moduleOf(command);
  const asked = JSON.stringify({ ...wants, module, get_url: true });
  const args = ["-c", PROBE_PROGRAM, asked];
  const result = await run({ ...request, file, args, timeoutMs: TIMEOUT_MS });
  if (result.kind === "missing") return { kind: "no-python", why: `there is no program ${file}` };
  if (result.kind === "failed") return { kind: "silent", why: result.why };
  const line = result.stdout.split("\n").findLast((one) => one.startsWith(PROBE_MARK));
  const facts = PythonFacts.safeParse(parsed(line?.slice(PROBE_MARK.length)));
  if (facts.success) return { kind: "facts", facts: facts.data, module };
  const words = result.stderr.split("\n").map((one) => plainLine(one).trim());
  const last = words.findLast((one) => one !== "") ?? "it printed nothing that is expected";
  return { kind: "broken", why: `exit code ${result.exit}, ${last.slice(0, 300)}` };
}

/** `lerobot.scripts.lerobot_train` of `python -m lerobot.scripts.lerobot_train`. */
function moduleOf(command: readonly string[]): string | null {
  const flag = command.indexOf("-m");
  return flag < 0 ? null : (command[flag + 1] ?? null);
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined; // cut off, or printed by something else
  }
}
