import { cpus, loadavg } from "node:os";
import { markdownTable } from "markdown-table";

/** One line of a bench's table. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly goal?: string;
  readonly met?: boolean;
}

interface Limit {
  readonly value: number;
  readonly goal: number;
  readonly unit: string;
  readonly digits?: number;
}

export function below(what: string, { value, goal, unit, digits }: Limit): Figure {
  return {
    what,
    measured: amount(value, unit, digits),
    goal: `< ${amount(goal, unit, digits)}`,
    met: value < goal,
  };
}

export function atMost(what: string, limit: Limit): Figure {
  const { goal, unit, digits } = limit;
  return { ...below(what, limit), goal: `≤ ${amount(goal, unit, digits)}`, met: limit.value <= goal };
}

export function atLeast(what: string, { value, goal, unit, digits }: Limit): Figure {
  return {
    what,
    measured: amount(value, unit, digits),
    goal: `≥ ${amount(goal, unit, digits)}`,
    met: value >= goal,
  };
}

export function noted(what: string, measured: string): Figure {
  return { what, measured };
}

export function amount(value: number, unit: string, digits = value < 10 ? 2 : 0): string {
  return `${value.toFixed(digits)} ${unit}`;
}

export const MEGABYTE = 1e6;

export function megabytes(bytes: number): string {
  return amount(bytes / MEGABYTE, "MB", 0);
}

/** The most memory that this process ever held, in bytes. */
export function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/** The load that the machine already had: read it before the work begins. */
export function circumstances(): string {
  const [load = 0] = loadavg();
  const [cpu] = cpus();
  return `Node ${process.versions.node}, ${cpus().length} × ${cpu?.model.trim() ?? "CPU"}, load ${load.toFixed(2)} before`;
}

interface Bench {
  readonly title: string;
  /** What was worked on. */
  readonly work: string;
  readonly figures: readonly Figure[];
  readonly circumstances: string;
}

/** A line as soon as it is measured, for benches that take minutes: they may be stopped before their table. */
export function tell<One extends Figure>(figure: One): One {
  process.stderr.write(`${rowOf(figure).join("  ").trimEnd()}\n`);
  return figure;
}

function rowOf({ what, measured, goal = "", met }: Figure): string[] {
  return [what, measured, goal, met === undefined ? "" : met ? "met" : "missed"];
}

export function printBench(bench: Bench): void {
  const rows = bench.figures.map(rowOf);
  const table = markdownTable([["", "measured", "goal", ""], ...rows], { align: ["l", "r", "r", "l"] });
  console.log(`\n## ${bench.title}\n\n${bench.work}\n${bench.circumstances}\n\n${table}\n`);
}
