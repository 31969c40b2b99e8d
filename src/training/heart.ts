import { messageOf } from "../errors.ts";
import { HEARTBEAT_MS, type Lease } from "./leases.ts";
import type { Clock } from "./ports.ts";

interface Heart {
  readonly clock: Pick<Clock, "now" | "sleep">;
  /** Told once; a shared file system has its bad minutes, so the next beat is tried all the same. */
  readonly onTrouble: (why: string) => void;
}

/** The same lease, renewed until it is released: who cannot see this process, as on another machine, goes by that alone. */
export function kept(lease: Lease, heart: Heart): Lease {
  const released = new AbortController();
  const beating = keepBeating(lease, { ...heart, until: released.signal });
  return {
    ...lease,
    release: async () => {
      released.abort();
      await beating;
      await lease.release();
    },
  };
}

async function keepBeating(
  lease: Lease,
  { clock, onTrouble, until }: Heart & { readonly until: AbortSignal },
): Promise<void> {
  let told = false;
  for (;;) {
    await clock.sleep(HEARTBEAT_MS, until);
    if (until.aborted) return;
    try {
      await lease.beat();
    } catch (error) {
      if (!told) onTrouble(messageOf(error));
      told = true;
    }
  }
}
