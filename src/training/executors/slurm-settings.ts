/** `slurm:` in the settings: what a trial asks Slurm for. Everything ends as `--flag=value` in sbatch's argv, never in a shell. */
import * as z from "zod";

/** Flags that say where and with what a trial runs; those that say what runs, or who hears of it, are autoloop's own. */
const FLAGS: ReadonlySet<string> = new Set(
  [
    "constraint cpus-per-gpu cpus-per-task exclude exclusive gpus gpus-per-node gpus-per-task licenses",
    "mem mem-per-cpu mem-per-gpu nice nodelist qos reservation tmp",
  ].flatMap((line) => line.split(" ")),
);

const FLAG = /^--([a-z-]+)(?:=([\w.,:@%+*&|()[\]/-]+))?$/;
const word = z.string().regex(/^[\w.,-]+$/, { error: "letters, digits, `_`, `.`, `-` and commas" });

export const SlurmSettings = z.strictObject({
  partition: word.optional(),
  account: word.optional(),
  /** Generic resources of one trial, e.g. `gpu:1`. Without a GPU here or in `extra` trials train on the CPU. */
  gres: z
    .string()
    .regex(/^[\w.,:()=-]+$/, { error: "generic resources such as gpu:1 or gpu:a100:1" })
    .optional(),
  /** Limit of one trial as `sbatch --time` takes it. A minute before its end the trainer is told to stop. */
  time: z
    .string()
    .regex(/^(?:\d+-\d+(?::\d\d){0,2}|\d+(?::\d\d){0,2})$/, {
      error: "a time such as 90, 4:00:00 or 1-12:00",
    })
    .optional(),
  /** Further flags of sbatch in the `=` form. */
  extra: z
    .array(
      z.string().refine((flag) => FLAGS.has(FLAG.exec(flag)?.[1] ?? ""), {
        error: `one of ${[...FLAGS].map((name) => `--${name}`).join(", ")}, with its value behind =`,
      }),
    )
    .default([]),
});
export type SlurmSettings = z.infer<typeof SlurmSettings>;

/** Whether a trial is given a GPU. Where it is not, it is shown none, whatever the node has. */
export function asksForGpu({ gres, extra }: SlurmSettings): boolean {
  return (
    (gres ?? "").split(",").some((one) => /^(?:gres:)?gpu(?=[:=(]|$)/.test(one)) ||
    extra.some((flag) => /^--gpus(?:-per-(?:node|task))?=/.test(flag))
  );
}
