import type * as z from "zod";

interface Frequencies {
  readonly steps: number;
  readonly eval_freq: number;
  readonly log_freq: number;
}

const NEVER = { eval_freq: "no evaluation would come", log_freq: "nothing would be logged" } as const;

/** What comes more rarely than the last step never comes. */
export function frequentEnough(trainer: Frequencies, context: z.RefinementCtx): void {
  for (const key of ["eval_freq", "log_freq"] as const) {
    if (trainer[key] <= trainer.steps) continue;
    const message = `${trainer[key]} is more than trainer.steps (${trainer.steps}): ${NEVER[key]}`;
    context.addIssue({ code: "custom", path: [key], message });
  }
}

export function allDifferent(seeds: readonly number[], context: z.RefinementCtx): void {
  const twice = new Set(seeds.filter((seed, index) => seeds.indexOf(seed) !== index));
  if (twice.size === 0) return;
  const message = `each seed once: ${[...twice].join(", ")} stands more than once`;
  context.addIssue({ code: "custom", message });
}
