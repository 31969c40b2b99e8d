/** sbatch, squeue, scancel and sacct as programs on PATH. Jobs are real processes; what Slurm says of them can be set by hand. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { realClock, writeProgram } from "../real-ports.ts";

/** Formats and complaints as Slurm 22.05 prints them. A call is recorded as its parts, each ended by \x1f, and \x1e. */
const COMMON = (folder: string): string => `#!/bin/bash
PATH=/usr/local/bin:/usr/bin:/bin
cd '${folder}'
printf '%s\\x1f' "\${0##*/}" "$@" >>calls; printf '\\x1e' >>calls
fail() { echo "$1" >&2; exit 1; }
[ "$1" = --version ] && { echo slurm-wlm 22.05.8; exit; }
[ -e down ] && fail 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)'
last=\${@: -1}
alive() { grep -q '^State:[[:space:]]*[^ZX[:space:]]' /proc/$1/status 2>/dev/null; }
`;

const PROGRAMS = {
  sbatch: `
[ -e refuse ] && fail "$(cat refuse)"
for arg; do case $arg in --job-name=*) name=\${arg#*=};; --gres=gpu*) gpu=CUDA_VISIBLE_DEVICES=1;; esac; done
script=\${@: -2:1}
job=$(($(ls jobs | wc -l) + 1))
mkdir jobs/$job; printf %s "$name" >jobs/$job/name; printf %s "$last" >jobs/$job/folder
cat >jobs/$job/begin <<END
cd "$last"; exec env -i PATH=$PATH HOME=/root SLURM_JOB_ID=$job SLURM_JOB_NODELIST=n1 $gpu setsid bash "$script" "$last"
END
if [ ! -e hold ]; then
  bash jobs/$job/begin </dev/null >/dev/null 2>&1 &
  echo $! >jobs/$job/pid
fi
[ -e lose-answer ] && fail 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation'
echo $job`,
  squeue: `
[ -e forgotten ] && exit
for job in jobs/*; do
  if [ -e $job/word ]; then word=$(cat $job/word)
  elif [ ! -e $job/pid ]; then word=PENDING
  elif alive $(cat $job/pid); then word=RUNNING
  elif grep -q '"exit":0,' "$(cat $job/folder)/ended.json" 2>/dev/null; then word=COMPLETED
  else word=FAILED; fi
  echo "\${job#jobs/}|$word|$(cat $job/name)|None|$(cat $job/folder)"
done`,
  scancel: `
[ -e deaf ] && fail 'scancel: error: Kill job error: Socket timed out on send/recv operation'
[ -d jobs/$last ] || exit 0
case $1 in
  --state=PENDING) [ -e jobs/$last/pid ] || echo CANCELLED >jobs/$last/word;;
  --signal=INT) [ -e jobs/$last/pid ] && kill -INT $(cat jobs/$last/pid) 2>/dev/null;;
  *) echo CANCELLED >jobs/$last/word; [ -e jobs/$last/pid ] && kill -TERM $(cat jobs/$last/pid) 2>/dev/null;;
esac
exit 0`,
  sacct: `
[ -e accounts ] || fail 'Slurm accounting storage is disabled'
cat accounts`,
} as const;

export type Switch = "down" | "hold" | "lose-answer" | "forgotten" | "deaf";

export interface FakeSlurm {
  readonly set: (name: Switch, on?: boolean) => void;
  /** What sbatch complains of; null: it takes jobs again. */
  readonly refuse: (complaint: string | null) => void;
  readonly accounts: (text: string) => void;
  /** Starts a job that was held back. */
  readonly begin: (job: string) => void;
  /** What squeue says of a job from now on. */
  readonly say: (job: string, word: string) => void;
  /** Calls since the last `forgetCalls`: program and arguments. */
  readonly calls: (program?: keyof typeof PROGRAMS) => string[][];
  readonly forgetCalls: () => void;
  readonly pidOf: (job: string) => number;
  /** Ends the scripts of all jobs, also when a test has failed. */
  readonly end: () => Promise<void>;
}

export function fakeSlurm(root: string, bin: string): FakeSlurm {
  const folder = join(root, "slurm");
  mkdirSync(join(folder, "jobs"), { recursive: true });
  for (const [name, text] of Object.entries(PROGRAMS)) writeProgram(bin, name, COMMON(folder) + text);
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const drop = (name: string) => rmSync(join(folder, name), { force: true });
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "";
  const pids = () =>
    readdirSync(join(folder, "jobs")).flatMap((job) => {
      const pid = Number(read(`jobs/${job}/pid`));
      return pid > 0 && isAlive(pid) ? [pid] : [];
    });
  return {
    set: (name, on = true) => (on ? put(name, "") : drop(name)),
    refuse: (complaint) => (complaint === null ? drop("refuse") : put("refuse", complaint)),
    accounts: (text) => put("accounts", text),
    begin: (job) => {
      const child = spawn("bash", [join(folder, "jobs", job, "begin")], { stdio: "ignore" });
      put(`jobs/${job}/pid`, String(child.pid));
    },
    say: (job, word) => put(`jobs/${job}/word`, word),
    calls: (program) =>
      read("calls")
        .split("\x1e")
        .filter((call) => call !== "")
        .map((call) => call.split("\x1f").slice(0, -1))
        .filter(([name]) => program === undefined || name === program),
    forgetCalls: () => drop("calls"),
    pidOf: (job) => Number(read(`jobs/${job}/pid`)),
    end: async () => {
      for (const [signalName, patience] of [
        ["SIGTERM", 200],
        ["SIGKILL", 200],
      ] as const) {
        for (const pid of pids()) signal(pid, signalName);
        for (let tries = 0; pids().length > 0 && tries < patience; tries += 1) await realClock.sleep(10);
      }
    },
  };
}

/** Nobody may have fetched the status of a process that is over. */
function isAlive(pid: number): boolean {
  try {
    return /^State:\s*[^ZX\s]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is over.
  }
}
