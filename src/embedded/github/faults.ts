import type { Json } from "./json.ts";
import type { Reply } from "./reply.ts";

/** Something that goes wrong on the way: matched by method and path, used `times` times (default 1). */
export interface Fault {
  readonly method?: string;
  /** Tested against the request's path, e.g. `/\/git\/refs$/`. */
  readonly path: RegExp;
  readonly times?: number;
  /** Lets so many matching requests pass first. */
  readonly skip?: number;
  /** `after`: the server has done it, and the caller does not learn so. Default `before`. */
  readonly when?: "before" | "after";
  readonly status?: number;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
  /** Drops the connection instead of answering. */
  readonly cut?: boolean;
  /** Waits for this first; with nothing else, the request then goes on as usual. A barrier for races. */
  readonly hold?: Promise<unknown>;
}

export interface FaultQueue {
  readonly waiting: readonly Fault[];
  push(fault: Fault): void;
  clear(): void;
}

export interface FaultDesk extends FaultQueue {
  take(method: string, path: string): Fault | undefined;
}

export function createFaults(): FaultDesk {
  let waiting: { readonly fault: Fault; left: number; passing: number }[] = [];
  return {
    get waiting() {
      return waiting.map((entry) => entry.fault);
    },
    push: (fault) => {
      waiting.push({ fault, left: fault.times ?? 1, passing: fault.skip ?? 0 });
    },
    clear: () => {
      waiting = [];
    },
    take: (method, path) => {
      const matching = waiting.filter(
        ({ fault }) => (fault.method ?? method) === method && fault.path.test(path),
      );
      const entry = matching.find(({ passing }) => passing <= 0);
      for (const passed of matching) passed.passing -= 1;
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) waiting = waiting.filter((one) => one !== entry);
      return entry.fault;
    },
  };
}

/** What the caller gets instead, or undefined when the fault only holds. */
export function faultReply(fault: Fault): Reply | "cut" | undefined {
  if (fault.cut) return "cut";
  if (fault.status === undefined) return undefined;
  const body = fault.body ?? { message: `fault ${fault.status}` };
  return { status: fault.status, body, ...(fault.headers === undefined ? {} : { headers: fault.headers }) };
}
