/** A launch in a process of its own: `node launcher.mjs <plan.json>`. Writes the result beside the plan. */
import { readFileSync, writeFileSync } from "node:fs";
import { launchTrials } from "../../src/training/launch.ts";
import { realPorts } from "./real-ports.ts";

const plan = process.argv[2] ?? "";
const { settings, jobs } = JSON.parse(readFileSync(plan, "utf8"));
const cancel = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => cancel.abort(signal));

const result = await launchTrials({
  jobs: jobs.map((job: { config: unknown }) => ({
    ...job,
    configBytes: Buffer.from(JSON.stringify(job.config)),
  })),
  settings,
  ports: realPorts(process.env),
  hooks: { onProgress: ({ trial, step }) => process.stdout.write(`${trial} ${step}\n`) },
  signal: cancel.signal,
});
writeFileSync(`${plan}.result`, JSON.stringify(result));
