/** Who is in a concurrency group: one runs, others wait. */
export interface Group {
  readonly running: number | null;
  readonly pending: readonly number[];
}

export interface GroupPolicy {
  readonly cancelInProgress: boolean;
  readonly queue: "single" | "max";
}

/** Jobs that the newcomer pushed out: pending ones never start, the running one is cancelled. */
export interface Entry {
  readonly group: Group;
  readonly cancelled: readonly number[];
}

export const emptyGroup: Group = { running: null, pending: [] };

const LONGEST_QUEUE = 100;

/**
 * A job that is ready to run enters its group. GitHub's default keeps one pending job: a newer one cancels it even where
 * cancel-in-progress is false. `queue: max` keeps up to 100 (github facts 3).
 */
export function enterGroup(group: Group, job: number, policy: GroupPolicy): Entry {
  if (group.running === null && group.pending.length === 0) {
    return { group: { running: job, pending: [] }, cancelled: [] };
  }
  if (policy.queue === "max" && !policy.cancelInProgress) {
    const full = group.pending.length >= LONGEST_QUEUE;
    return full
      ? { group, cancelled: [job] }
      : { group: { ...group, pending: [...group.pending, job] }, cancelled: [] };
  }
  const running = policy.cancelInProgress && group.running !== null ? [group.running] : [];
  return { group: { ...group, pending: [job] }, cancelled: [...group.pending, ...running] };
}

/** A job is over or gives up waiting; the oldest pending one takes a free place. */
export function leaveGroup(group: Group, job: number): Group {
  const pending = group.pending.filter((one) => one !== job);
  if (group.running !== null && group.running !== job) return { running: group.running, pending };
  const [next = null, ...rest] = pending;
  return { running: next, pending: rest };
}
