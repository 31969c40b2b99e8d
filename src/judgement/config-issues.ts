/** What is said about one place of a training configuration. */
export interface Remark {
  /** Empty: the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** error: the trainer would refuse it or must not run it; warning: it runs, but not as it reads. */
export interface Issue extends Remark {
  readonly severity: "error" | "warning";
}

export function error(path: string, message: string): Issue {
  return { severity: "error", path, message };
}

export function warning(path: string, message: string): Issue {
  return { severity: "warning", path, message };
}
