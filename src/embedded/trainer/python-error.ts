/** What the Python program would die of: printed as a traceback whose last line is `type: message`. */
export class PythonError extends Error {
  readonly type: string;
  /** 2 for a wrong command line (`SystemExit`), 1 for everything else. */
  readonly exitCode: 1 | 2;

  constructor(type: string, message: string) {
    super(message);
    this.name = "PythonError";
    this.type = type;
    this.exitCode = type === "SystemExit" ? 2 : 1;
  }
}

export function decodingError(path: readonly string[], message: string): PythonError {
  const where = path.length === 0 ? "" : `\`${path.join(".")}\`: `;
  return new PythonError("draccus.utils.DecodingError", `${where}${message}`);
}

const SCRIPT = "/rehearsal/lerobot/src/lerobot/scripts/lerobot_train.py";

/** The traceback on stderr; `KeyboardInterrupt` comes without a message. */
export function traceback(type: string, message: string): string {
  return [
    "Traceback (most recent call last):",
    '  File "<frozen runpy>", line 198, in _run_module_as_main',
    '  File "<frozen runpy>", line 88, in _run_code',
    `  File "${SCRIPT}", line 1281, in <module>`,
    "    main()",
    `  File "${SCRIPT}", line 1277, in main`,
    "    train()",
    message === "" ? type : `${type}: ${message}`,
    "",
  ].join("\n");
}
