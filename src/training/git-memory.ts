import type { Clock, CommandResult, RunCommand } from "./ports.ts";

/**
 * What git was asked a moment ago is not asked again: so the state of the trainer's clone can be read for the next attempt while
 * its GPU still settles. Other programs are run each time.
 */
export function rememberGit(options: {
  readonly run: RunCommand;
  readonly clock: Pick<Clock, "steady">;
  readonly maxAgeMs: number;
}): RunCommand {
  const { run, clock, maxAgeMs } = options;
  const asked = new Map<string, { readonly at: number; readonly answer: Promise<CommandResult> }>();
  return (request) => {
    if (request.file !== "git") return run(request);
    const question = request.args.join("\0");
    const known = asked.get(question);
    if (known && clock.steady() - known.at < maxAgeMs) return known.answer;
    const answer = run(request);
    asked.set(question, { at: clock.steady(), answer });
    return answer;
  };
}
