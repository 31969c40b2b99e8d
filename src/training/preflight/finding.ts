/** What a look before the launch found. */
export interface Finding {
  /** `stop`: nothing would train, or not what was meant. */
  readonly level: "stop" | "note";
  /** What is so, and for a `stop` what to do. */
  readonly text: string;
}

export function stop(text: string): Finding {
  return { level: "stop", text };
}

export function note(text: string): Finding {
  return { level: "note", text };
}
