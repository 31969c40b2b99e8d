/** How long a GPU is idle between consecutive trials, beside the usual Python script that looks every 5 s. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { median, quantile } from "../src/judgement/statistics.ts";
import { SUPERVISION } from "../src/training/launch-options.ts";
import { gpuRow } from "../test/training/fake-nvidia-smi.ts";
import { scene } from "../test/training/launch-scene.ts";
import { writeProgram } from "../test/training/real-ports.ts";
import { trialJob } from "../test/training/trial-jobs.ts";
import { amount, below, circumstances, type Figure, noted, printBench } from "./lib/figures.ts";
import { programPath, runPython, withFolder } from "./lib/programs.ts";

const OURS = 30;
const PEERS = 8;
const POLL_SECONDS = 5;
/** What a real nvidia-smi needs about, with persistence mode on. */
const ANSWER_SECONDS = 0.04;
/** Of the trainer's clone. */
const FILES = 2_000;
const PAIR_BYTES = 20e6;
/** How long a trial takes, spread evenly. */
const SHORT_MS = [300, 700] as const;
const LONG_MS = [1_000, 6_000] as const;

const Held = z.object({ seed: z.number(), started: z.number(), ended: z.number() });

/** Milliseconds from the end of a trainer to the start of the next one. */
function gapsIn(file: string): readonly number[] {
  const held = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => Held.parse(JSON.parse(line)))
    .sort((a, b) => a.started - b.started);
  return held.slice(1).map(({ started }, index) => started - (held[index]?.ended ?? Number.NaN));
}

async function ours(folder: string): Promise<readonly number[]> {
  const times = join(folder, "ours");
  const clean: (() => void)[] = [];
  try {
    const lab = scene((each) => void clean.push(each), {
      trainer: [process.execPath, programPath("trainer"), times, ...SHORT_MS.map(String)],
      gpus: [gpuRow(0)],
      // The idle probe before the first trial is not what is measured.
      supervision: { ...SUPERVISION, idle: { ...SUPERVISION.idle, intervalMs: 100 } },
    });
    slowNvidiaSmi(join(lab.folder, "bin"));
    fillClone(lab.cwd);
    const config = { batch_size: 8, ot: { pair_info_path: "pairs.json" } };
    const jobs = Array.from({ length: OURS }, (_, index) =>
      trialJob({ trial: `0001a-s${index + 1}`, seed: index + 1, config }),
    );
    const { notRun } = await lab.launch({ jobs });
    if (notRun.length > 0) throw new Error(JSON.stringify(notRun));
    return gapsIn(times);
  } finally {
    for (const each of clean) each();
  }
}

/** What an outcome says of the trainer's clone is read between the trials: a commit, a status, a hash of the pair data. */
function fillClone(cwd: string): void {
  for (let folder = 0; folder < FILES / 50; folder += 1) {
    mkdirSync(join(cwd, `part${folder}`));
    for (let file = 0; file < 50; file += 1)
      writeFileSync(join(cwd, `part${folder}`, `${file}.py`), `# ${folder} ${file}\n`);
  }
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd });
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "trainer");
  writeFileSync(join(cwd, "pairs.json"), Buffer.alloc(PAIR_BYTES, 0x20));
}

function slowNvidiaSmi(bin: string): void {
  writeProgram(
    bin,
    "nvidia-smi",
    `#!/bin/sh
/bin/sleep ${ANSWER_SECONDS}
case "$1" in
  --query-gpu=*) cat '${bin}/gpus.csv' ;;
  *) cat '${bin}/apps.csv' ;;
esac
`,
  );
}

async function peers(folder: string): Promise<readonly number[]> {
  const times = join(folder, "peers");
  await runPython({
    python: process.env["AUTOLOOP_PYTHON"] ?? "python3",
    script: "handover/peer.py",
    args: [
      String(PEERS),
      String(POLL_SECONDS),
      process.execPath,
      programPath("trainer"),
      times,
      ...LONG_MS.map(String),
    ],
  });
  return gapsIn(times);
}

async function peerFigures(folder: string): Promise<readonly Figure[]> {
  const gaps = await peers(folder).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  if (gaps === null) return [noted("a Python script that looks every 5 s", "skipped: there is no python3")];
  return [
    noted(`a Python script that looks every ${POLL_SECONDS} s, median`, amount(median(gaps), "ms", 0)),
    noted("… the longest", amount(Math.max(...gaps), "ms", 0)),
  ];
}

const before = circumstances();
const figures = await withFolder(async (folder) => {
  const gaps = await ours(folder);
  return [
    below("GPU idle between consecutive trials, median", {
      value: median(gaps),
      goal: 200,
      unit: "ms",
      digits: 0,
    }),
    noted("… 90 % within", amount(quantile(gaps, 0.9), "ms", 0)),
    noted("… the longest", amount(Math.max(...gaps), "ms", 0)),
    ...(await peerFigures(folder)),
  ];
});

printBench({
  title: "Handing a GPU over",
  work: `${OURS} trials in a row on one GPU (ours, with outcome files and a stand-in for nvidia-smi that takes ${
    1000 * ANSWER_SECONDS
  } ms, a clone of ${FILES} files and ${PAIR_BYTES / 1e6} MB of pair data), ${PEERS} in a row for the script; trainers are small Node programs.`,
  circumstances: before,
  figures,
});
