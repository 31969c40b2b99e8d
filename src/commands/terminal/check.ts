import type { ForkProfile } from "../../judgement/trainer-schema.ts";
import { checkDocument } from "../../report/documents.ts";
import type { FixedFile } from "../../report/models.ts";
import { renderCheck } from "../../report/terminal-check.ts";
import { renderFixed } from "../../report/terminal-fix.ts";
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
  for (const fixed of result.fixed) terminal.say(renderFixed(fixed, house.voice));
  if (result.files.some(({ path, launchable }) => !launchable && !hasLaunchableCopy(path, result.fixed)))
    terminal.exitCode = 1;
}

/** Whoever asked for corrected copies is left with one that launches. */
function hasLaunchableCopy(path: string, fixed: readonly FixedFile[]): boolean {
  return fixed.some(
    ({ state, errors, ...file }) =>
      file.path === path && (state === "written" || state === "present") && errors.length === 0,
  );
}
