/** `.wandb` files read: how fast, and that memory does not follow the size of the file. */
import { join } from "node:path";
import * as z from "zod";
import { METRICS } from "../src/judgement/metrics.ts";
import { type Shape, writeBigFile } from "./lib/big-wandb-file.ts";
import {
  amount,
  atLeast,
  below,
  circumstances,
  type Figure,
  MEGABYTE,
  megabytes,
  noted,
  printBench,
} from "./lib/figures.ts";
import { PYTHON_SKIPPED, PYTHONS, runProgram, runPython, withFolder } from "./lib/programs.ts";

const SMALL = 25 * MEGABYTE;
const LARGE = 250 * MEGABYTE;
const GOAL = 150;

const WANTED = [
  ...METRICS.map(({ key }) => key).filter((key) => key.startsWith("train/")),
  "train/ot_cost/state",
  "train/ot_cost/action_lbl",
];
const COUNTERS = ["steps", "samples", "episodes", "epochs"].map((name) => `train/${name}`);
const FOREIGN = Array.from({ length: 33 }, (_, layer) => `debug/layer_${layer}/norm`);

const SHAPES: Readonly<Record<string, Shape>> = {
  "what the trainer writes": { keys: [...WANTED, ...COUNTERS], summaries: 1, lines: 2 },
  "45 keys, 12 of them wanted": { keys: [...WANTED, ...FOREIGN], summaries: 1, lines: 0 },
  "narrow: every key wanted": { keys: WANTED, summaries: 1, lines: 0 },
  "rows alone, every key wanted": { keys: WANTED, summaries: 0, lines: 0 },
};

const Reading = z.looseObject({ seconds: z.number(), cpu: z.number(), peak: z.number(), values: z.number() });
type Reading = z.infer<typeof Reading>;

async function read(path: string): Promise<Reading> {
  return Reading.parse(await runProgram("read", [path]));
}

/** The better of three, because the first may find a cold file. */
async function best(path: string): Promise<Reading> {
  const readings = [await read(path), await read(path), await read(path)];
  return readings.reduce((least, each) => (each.seconds < least.seconds ? each : least));
}

async function measure(folder: string, name: string, shape: Shape): Promise<readonly Figure[]> {
  const [small, large] = [join(folder, "small.wandb"), join(folder, "large.wandb")];
  writeBigFile(small, { shape, bytes: SMALL });
  writeBigFile(large, { shape, bytes: LARGE });
  const [few, many] = [await best(small), await best(large)];
  return [
    atLeast(`${name}: speed`, { value: LARGE / MEGABYTE / many.seconds, goal: GOAL, unit: "MB/s" }),
    noted("… per second of CPU, start of Node included", amount(LARGE / MEGABYTE / many.cpu, "MB/s")),
    noted("… peak memory at 25 and 250 MB", `${megabytes(few.peak)}, ${megabytes(many.peak)}`),
    noted(
      "… of it values and their steps",
      [few, many].map(({ values }) => megabytes(values * BYTES_PER_VALUE)).join(", "),
    ),
    ...(name === PEER_SHAPE ? await peers(small, few) : []),
  ];
}

/** Ten times the file, but with the same rows: console output that nobody wants. */
async function memory(folder: string): Promise<readonly Figure[]> {
  const shape = SHAPES[PEER_SHAPE] ?? { keys: WANTED, summaries: 1, lines: 2 };
  const [small, large] = [join(folder, "small.wandb"), join(folder, "padded.wandb")];
  const rows = writeBigFile(small, { shape, bytes: SMALL });
  const lines = shape.lines + Math.round((LARGE - SMALL) / rows / LINE_BYTES);
  writeBigFile(large, { shape: { ...shape, lines }, bytes: LARGE });
  const [few, many] = [await best(small), await best(large)];
  return [
    noted("peak memory, as many rows in 25 and in 250 MB", `${megabytes(few.peak)}, ${megabytes(many.peak)}`),
    below("… growth", { value: (many.peak - few.peak) / MEGABYTE, goal: 10, unit: "MB", digits: 0 }),
  ];
}

/** Of one record of console output. */
const LINE_BYTES = 134;
/** A step and a value. */
const BYTES_PER_VALUE = 16;
const PEER_SHAPE = "what the trainer writes";

const PeerReading = z.looseObject({ version: z.string(), seconds: z.number(), peak: z.number() });

/** W&B's own reader, on the small file: it takes its time. Newer SDKs ship none; then it says so. */
async function peers(path: string, ours: Reading): Promise<readonly Figure[]> {
  const [python] = PYTHONS;
  if (python === undefined) return [noted("… the SDK's own reader", PYTHON_SKIPPED)];
  const seen = PeerReading.parse(await runPython({ python, script: "wandb-file/read_sdk.py", args: [path] }));
  return [
    noted(
      `… the SDK's own reader (wandb ${seen.version}), 25 MB`,
      amount(SMALL / MEGABYTE / seen.seconds, "MB/s"),
    ),
    noted("… its peak memory", megabytes(seen.peak)),
    noted("… we are faster by, same file", `${(seen.seconds / ours.seconds).toFixed(1)} ×`),
  ];
}

const before = circumstances();
const figures = await withFolder(async (folder) => {
  const all: Figure[] = [];
  for (const [name, shape] of Object.entries(SHAPES)) all.push(...(await measure(folder, name, shape)));
  all.push(...(await memory(folder)));
  return all;
});

printBench({
  title: "Reading .wandb files",
  work: `Files of 25 and 250 MB from the page cache, read with the keys that the product wants; the better of three.`,
  circumstances: before,
  figures,
});
