/** Bad weather on order: what goes wrong with the next requests. */
interface Fault {
  /** A GraphQL operation, "file_stream", or how the path starts. Absent: any request. */
  readonly match?: string;
  /** How many matching requests it meets. Default 1. */
  readonly times?: number;
  readonly does: Mischief;
}

export type Mischief =
  /** Answers this instead. A body that starts with `<` is sent as HTML, an object as JSON. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body?: string | object;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Drops the connection: before anything is stored, or after, when the client cannot know that it was. */
  | { readonly kind: "cut"; readonly when: "before" | "after" }
  /** Sends half of the true answer, then drops the connection. */
  | { readonly kind: "truncate" }
  /** Answers truly, but so much later. */
  | { readonly kind: "delay"; readonly ms: number };

export interface FaultQueue {
  push(...faults: readonly Fault[]): void;
  /** The first fault that meets this request, used up by it. */
  take(request: { readonly operation: string | null; readonly path: string }): Mischief | undefined;
  clear(): void;
  /** Faults that nothing has met yet: a test may want none. */
  readonly pending: readonly Fault[];
}

export function createFaultQueue(): FaultQueue {
  let pending: readonly Fault[] = [];
  return {
    push: (...faults) => {
      pending = [...pending, ...faults];
    },
    take: (request) => {
      const fault = pending.find(({ match }) => meets(match, request));
      if (!fault) return undefined;
      const left = (fault.times ?? 1) - 1;
      pending = pending.flatMap((item) => {
        if (item !== fault) return [item];
        return left > 0 ? [{ ...item, times: left }] : [];
      });
      return fault.does;
    },
    clear: () => {
      pending = [];
    },
    get pending() {
      return pending;
    },
  };
}

function meets(
  match: string | undefined,
  { operation, path }: { readonly operation: string | null; readonly path: string },
): boolean {
  if (match === undefined || match === operation) return true;
  return match.startsWith("/") && path.startsWith(match);
}
