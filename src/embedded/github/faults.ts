import type { Json } from "./json.ts";
import type { Reply } from "./reply.ts";

/** What a fault is chosen by. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** Undefined: none, no JSON, or git's own protocol. */
  readonly body: unknown;
}

/** Something that goes wrong on the way: matched by method and path, used `times` times (default 1) after the first `skip`. */
export interface Fault {
  readonly method?: string;
  /** Tested against the request's path, e.g. `/\/git\/refs$/`. */
  readonly path: RegExp;
  /** Where that does not tell one request from another. */
  readonly only?: (asked: Asked) => boolean;
  /** Requests that match and pass unharmed first: 2 hits the third one. Default 0. */
  readonly skip?: number;
  readonly times?: number;
  /** `after`: the server has done it, and the caller does not learn so. Default `before`. */
  readonly when?: "before" | "after";
  readonly status?: number;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
  /** Drops the connection instead of answering. */
  readonly cut?: boolean;
  /** Waits for this first; with nothing else, the request then goes on as usual. A function is asked anew for every request. */
  readonly hold?: Promise<unknown> | (() => Promise<unknown>);
}

export interface FaultQueue {
  readonly waiting: readonly Fault[];
  push(fault: Fault): void;
  clear(): void;
}

export interface FaultDesk extends FaultQueue {
  take(asked: Asked): Fault | undefined;
}

/** The first fault that matches a request and has no requests left to skip is the one that it meets. */
export function createFaults(): FaultDesk {
  let waiting: { readonly fault: Fault; skip: number; left: number }[] = [];
  return {
    get waiting() {
      return waiting.map((entry) => entry.fault);
    },
    push: (fault) => {
      waiting.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 });
    },
    clear: () => {
      waiting = [];
    },
    take: (asked) => {
      for (const entry of waiting) {
        const { fault } = entry;
        if (!isMeant(fault, asked)) continue;
        if (entry.skip > 0) {
          entry.skip -= 1;
          continue;
        }
        entry.left -= 1;
        if (entry.left <= 0) waiting = waiting.filter((one) => one !== entry);
        return fault;
      }
      return undefined;
    },
  };
}

function isMeant({ method, path, only }: Fault, asked: Asked): boolean {
  return (method ?? asked.method) === asked.method && path.test(asked.path) && (only?.(asked) ?? true);
}

export async function holdBack({ hold }: Fault): Promise<void> {
  await (typeof hold === "function" ? hold() : hold);
}

/** What the caller gets instead, or undefined when the fault only holds. */
export function faultReply(fault: Fault): Reply | "cut" | undefined {
  if (fault.cut) return "cut";
  if (fault.status === undefined) return undefined;
  const body = fault.body ?? { message: `fault ${fault.status}` };
  return { status: fault.status, body, ...(fault.headers === undefined ? {} : { headers: fault.headers }) };
}

/** For a fault's `hold`: nobody goes on before `parties` requests have come. */
export function barrier(parties: number): () => Promise<void> {
  let missing = parties;
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    missing -= 1;
    if (missing <= 0) open();
    return gate;
  };
}
