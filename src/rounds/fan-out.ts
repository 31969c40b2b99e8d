/** GitHub makes at most that many jobs of one matrix. */
const MOST_JOBS = 256;

/** `box`: one job trains the whole dispatch, a trial per idle device. `jobs`: GitHub's runners share the trials among them. */
export type FanOut = "box" | "jobs";

/**
 * The entries of the training job's matrix; each is what that job hands to `launch` as its trials. More trials than jobs are dealt out
 * in turn, so that those of high priority start first everywhere.
 */
export function fanOut(mode: FanOut, trials: readonly string[]): readonly string[] {
  if (mode === "box" || trials.length === 0) return ["all"];
  const jobs = Math.min(trials.length, MOST_JOBS);
  return Array.from({ length: jobs }, (_, job) => trials.filter((_trial, at) => at % jobs === job).join(","));
}
