import type { ConfigFix } from "../../judgement/trainer-fix.ts";
import type { ForkProfile } from "../../judgement/trainer-schema.ts";
import { checkDocument } from "../../report/documents.ts";
import { renderCheck } from "../../report/terminal-check.ts";
import { check } from "../check.ts";
import { type CommonOptions, openHere, show, type Terminal } from "./terminal.ts";

export interface CheckArguments extends CommonOptions {
  readonly files: readonly string[];
  readonly fork?: ForkProfile;
  readonly fix?: boolean;
}

export async function runCheck(terminal: Terminal, options: CheckArguments): Promise<void> {
  const house = await openHere(terminal, options);
  const { fork, defaults } = house.settings.trainer;
  const result = await check({
    files: options.files,
    fork: options.fork ?? fork,
    defaults,
    fix: options.fix === true,
  });
  show(terminal, options, {
    document: checkDocument(result, house.voice),
    text: renderCheck(result, house.voice, terminal.screen),
  });
  for (const { copy, fixes } of result.fixed) terminal.say(`${copy}: ${fixes.map(fixText).join(", ")}\n`);
  if (result.files.some(({ launchable }) => !launchable)) terminal.exitCode = 1;
}

/** `batch_size 12.0 → 12`: as it stood in the file, where the value alone does not show what was wrong with it. */
function fixText({ path, from, to, literal }: ConfigFix): string {
  return `${path} ${literal ?? JSON.stringify(from)} → ${JSON.stringify(to)}`;
}
