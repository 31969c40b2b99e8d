/**
 * Lines of the trainer that decide how an attempt is judged. All patterns are anchored at the start of a line: the config
 * dump repeats foreign strings, and a job name must not look like an error. Texts: trainer facts 8 and 9.
 */

/** What such a line means; also the slug of a failure's reason. */
export type Sentinel =
  | "non-finite-loss"
  | "non-finite-gradient"
  | "numerical-errors"
  | "device-fallback"
  | "out-of-memory"
  | "disk-full"
  | "config-refused"
  | "output-exists"
  | "no-ot-pairs"
  | "wandb-error";

const LOGGED = String.raw`^ERROR \d{4}-\d\d-\d\d \d\d:\d\d:\d\d .*?:\d+ `;

const PATTERNS: readonly (readonly [Sentinel, RegExp])[] = [
  ["non-finite-loss", new RegExp(`${LOGGED}Non-finite loss detected:`)],
  ["non-finite-gradient", new RegExp(`${LOGGED}Non-finite grad_norm detected:`)],
  // A Python warning begins with the file that raised it.
  ["numerical-errors", /^\S+:\d+: UserWarning: Numerical errors at iteration /],
  // Printed before the trainer set up its log format, hence `WARNING:root:` as well as `WARNING 2026-…`.
  ["device-fallback", /^WARNING[: ].*Device '[^']*' is not available\. Switching to /],
  ["out-of-memory", /^(?:[\w.]+\.)?\w*Error: CUDA (?:error: )?out of memory/],
  ["out-of-memory", /^(?:[\w.]+\.)?RuntimeError: .*(?:CUBLAS|CUDNN)_STATUS_ALLOC_FAILED/],
  ["out-of-memory", /^(?:[\w.]+\.)?RuntimeError: .*DefaultCPUAllocator: can't allocate memory/],
  // Memory of the host: Python's own errors, and a loader's worker that the kernel killed or that found no shared memory.
  ["out-of-memory", /^(?:[\w.]+\.)?_?\w*MemoryError(?:: |$)/],
  ["out-of-memory", /^OSError: \[Errno 12\] /],
  [
    "out-of-memory",
    /^RuntimeError: DataLoader worker \(pid[^)]*\) is killed by signal: (?:Killed|Bus error)/,
  ],
  ["disk-full", /^(?:[\w.]+\.)?\w*Error: .*(?:No space left on device|Disk quota exceeded)/],
  // The tail of a checkpoint that did not fit.
  ["disk-full", /^(?:[\w.]+\.)?RuntimeError: .*PytorchStreamWriter failed writing file/],
  ["config-refused", /^(?:[\w.]+\.)?DecodingError: /],
  ["config-refused", /^\S+: error: unrecognized arguments: /],
  ["config-refused", /^Exception: bc_src_weight MUST be SET/],
  ["config-refused", /^ValueError: 'policy\.repo_id' argument missing/],
  ["output-exists", /^FileExistsError: Output directory /],
  ["no-ot-pairs", /^ValueError: No valid OT pairs /],
  ["wandb-error", /^wandb\.errors\./],
  // A wandb newer than the trainer's pin (trainer facts 4).
  ["wandb-error", /^AttributeError: 'Run' object has no attribute 'get_url'/],
];

export function sentinelOf(line: string): Sentinel | null {
  return PATTERNS.find(([, pattern]) => pattern.test(line))?.[0] ?? null;
}
