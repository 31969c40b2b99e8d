/** A thousand runs diagnosed, in a process that does nothing else. */
import { analyse } from "../src/judgement/analyse.ts";
import { amount, below, circumstances, megabytes, noted, peakMemory, printBench } from "./lib/figures.ts";
import { METRICS_OF_RUN, madeRuns } from "./lib/made-runs.ts";

const RUNS = 1000;
const ROWS = 2000;

const before = circumstances();
const runs = madeRuns({ runs: RUNS, rows: ROWS });
// What the generation left behind is not the diagnosis' to clear away.
globalThis.gc?.();
const held = process.memoryUsage.rss();
const startedCpu = process.cpuUsage();
const started = performance.now();
const analysis = analyse({ runs, source: "bench" });
const wall = performance.now() - started;
const { user, system } = process.cpuUsage(startedCpu);

const findings = analysis.runs.flatMap((run) => run.findings);
const actions = analysis.runs.flatMap((run) => run.actions);
const kinds = new Set(findings.map(({ code }) => code)).size;

printBench({
  title: "Diagnosis",
  work: `${RUNS} runs × ${ROWS} rows × ${METRICS_OF_RUN} metrics → ${findings.length} findings of ${kinds} kinds, ${actions.length} proposals.`,
  circumstances: before,
  figures: [
    below("CPU", { value: (user + system) / 1e6, goal: 1, unit: "s" }),
    noted("wall time", amount(wall / 1000, "s")),
    noted("memory of the curves", megabytes(held)),
    noted("peak memory", megabytes(peakMemory())),
  ],
});
