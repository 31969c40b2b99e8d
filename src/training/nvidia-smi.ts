/** Reading `nvidia-smi`, whose output is not guaranteed to stay: fields by name, and a field it does not know is left out (search facts 11). */
import * as z from "zod";
import type { Clock, RunCommand } from "./ports.ts";

/** absent: this device has no such thing; unreadable: it should, but could not tell. */
export type Amount = number | "absent" | "unreadable";

const Amount = z.string().transform((text): Amount => {
  const number = /^(\d+(?:\.\d+)?)(?: (?:MiB|%))?$/.exec(text)?.[1];
  if (number !== undefined) return Number(number);
  return /^\[?(?:N\/A|Not Supported)\]?$/i.test(text) ? "absent" : "unreadable";
});
const Uuid = z.string().regex(/^GPU-[0-9a-fA-F-]+$/);

/** Fields that a newer driver dropped are absent. */
const GpuRow = z.object({
  index: z.string().regex(/^\d+$/).transform(Number),
  uuid: Uuid,
  name: z.string().default(""),
  "memory.total": Amount,
  "memory.used": Amount,
  "utilization.gpu": Amount.default("absent"),
  compute_mode: z.string().default(""),
  "mig.mode.current": z.string().default(""),
  "ecc.errors.uncorrected.volatile.total": Amount.default("absent"),
});
/** A process of a MIG instance is listed under that; such a GPU is not used anyway. */
const Holder = z.string().regex(/^(?:GPU|MIG)-[0-9a-zA-Z/-]+$/);
const ProcessRow = z.object({ gpu_uuid: Holder, pid: z.string().regex(/^\d+$/).transform(Number) });

export interface GpuReading {
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  /** MiB. */
  readonly memoryTotal: Amount;
  /** MiB. */
  readonly memoryUsed: Amount;
  /** Percent. */
  readonly utilization: Amount;
  readonly computeMode: string;
  /** Split into instances: each takes one process, and their load cannot be read. */
  readonly mig: boolean;
  /** Uncorrected memory errors since the driver was loaded. */
  readonly eccErrors: Amount;
  /** Compute processes on it, as far as this pid namespace can see. */
  readonly pids: readonly number[];
}

export type GpuTable =
  | {
      readonly kind: "read";
      readonly gpus: readonly GpuReading[];
      /** Lines that make no sense, as of a GPU that fell off the bus: that one cannot be used, the others can. */
      readonly strange: readonly string[];
    }
  /** No driver tool or no device. */
  | { readonly kind: "none" }
  /** It did not answer as it should: the devices count as busy, never as idle. */
  | { readonly kind: "unknown"; readonly why: string };

const GPU_FIELDS = Object.keys(GpuRow.shape);
const REQUIRED = ["index", "uuid", "memory.total", "memory.used", "gpu_uuid", "pid"];
const TIMEOUT_MS = 10_000;

/** Readings that several callers share: as long as one is younger than `maxAgeMs`, they get the same. */
export function sharedReading(options: {
  readonly run: RunCommand;
  readonly clock: Clock;
  readonly maxAgeMs: number;
}): () => Promise<GpuTable> {
  const { run, clock, maxAgeMs } = options;
  let last: { readonly at: number; readonly table: Promise<GpuTable> } | null = null;
  return () => {
    if (last === null || clock.steady() - last.at >= maxAgeMs)
      last = { at: clock.steady(), table: readGpus(run) };
    return last.table;
  };
}

export async function readGpus(run: RunCommand): Promise<GpuTable> {
  const [gpus, apps] = await Promise.all([
    query(run, { list: "--query-gpu", fields: GPU_FIELDS, row: GpuRow }),
    query(run, { list: "--query-compute-apps", fields: ["gpu_uuid", "pid"], row: ProcessRow }),
  ]);
  if (gpus.kind !== "rows") return gpus;
  if (apps.kind === "unknown") return apps;
  const [strange] = gpus.strange;
  if (gpus.rows.length === 0) return strange === undefined ? { kind: "none" } : senseless(strange);
  // Whose process it is cannot be told, so every GPU may be in use.
  if (apps.kind === "rows" && apps.strange[0] !== undefined) return senseless(apps.strange[0]);
  const processes = apps.kind === "rows" ? apps.rows : [];
  return {
    kind: "read",
    strange: gpus.strange,
    gpus: gpus.rows.map((row) => ({
      index: row.index,
      uuid: row.uuid,
      name: row.name,
      memoryTotal: row["memory.total"],
      memoryUsed: row["memory.used"],
      utilization: row["utilization.gpu"],
      computeMode: row.compute_mode,
      mig: row["mig.mode.current"] === "Enabled",
      eccErrors: row["ecc.errors.uncorrected.volatile.total"],
      pids: processes.filter((process) => process.gpu_uuid === row.uuid).map((process) => process.pid),
    })),
  };
}

interface Query<Row> {
  readonly list: "--query-gpu" | "--query-compute-apps";
  readonly fields: readonly string[];
  readonly row: z.ZodType<Row>;
}

type Answer<Row> =
  | { readonly kind: "rows"; readonly rows: readonly Row[]; readonly strange: readonly string[] }
  | Exclude<GpuTable, { kind: "read" }>;

async function query<Row>(run: RunCommand, { list, fields, row }: Query<Row>): Promise<Answer<Row>> {
  const result = await run({
    file: "nvidia-smi",
    args: [`${list}=${fields.join(",")}`, "--format=csv,noheader,nounits"],
    timeoutMs: TIMEOUT_MS,
  });
  if (result.kind === "missing") return { kind: "none" };
  if (result.kind === "failed") return { kind: "unknown", why: result.why };
  const said = `${result.stdout}\n${result.stderr}`.trim();
  if (/No devices were found/i.test(said)) return { kind: "none" };
  if (result.exit !== 0) {
    const refused = /Field "([^"]+)" is not a valid field/.exec(said)?.[1];
    if (refused !== undefined && fields.includes(refused) && !REQUIRED.includes(refused)) {
      return query(run, { list, fields: fields.filter((field) => field !== refused), row });
    }
    return { kind: "unknown", why: `exit ${result.exit}: ${said.split("\n")[0] ?? ""}` };
  }
  return parseRows(result.stdout, { fields, row });
}

function parseRows<Row>(
  text: string,
  { fields, row }: { fields: readonly string[]; row: z.ZodType<Row> },
): Answer<Row> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const rows: Row[] = [];
  const strange: string[] = [];
  for (const line of lines) {
    const parsed = row.safeParse(toRecord(line, fields));
    if (parsed.success) rows.push(parsed.data);
    else strange.push(line.slice(0, 200));
  }
  return { kind: "rows", rows, strange };
}

function senseless(line: string): Extract<GpuTable, { kind: "unknown" }> {
  return { kind: "unknown", why: `a line that makes no sense: ${line}` };
}

function toRecord(line: string, fields: readonly string[]): Record<string, string> | null {
  const cells = line.split(",").map((cell) => cell.trim());
  if (cells.length !== fields.length) return null;
  return Object.fromEntries(fields.map((field, index) => [field, cells[index] ?? ""]));
}
