import type { ForkProfile } from "../../judgement/trainer-schema.ts";
import { checkDocument } from "../../report/documents.ts";
import { renderCheck } from "../../report/terminal-rounds.ts";
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
  for (const { copy, fixes } of result.fixed) {
    terminal.say(
      `${copy}: ${fixes.map(({ path, from, to }) => `${path} ${JSON.stringify(from)} → ${JSON.stringify(to)}`).join(", ")}\n`,
    );
  }
  if (result.files.some(({ launchable }) => !launchable)) terminal.exitCode = 1;
}
