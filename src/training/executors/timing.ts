export interface RemoteTiming {
  /** How often log and reports are looked at. */
  readonly tickMs: number;
  /** How often the queue is asked. */
  readonly pollMs: number;
  /** How long files may take to arrive here after the job is over, and the queue's word after the files. */
  readonly settleMs: number;
  /** A job that the queue does not know and whose log does not grow for so long is lost. */
  readonly lostMs: number;
}

/** A network file system may show a change a minute late. */
export const REMOTE_TIMING: RemoteTiming = {
  tickMs: 500,
  pollMs: 15_000,
  settleMs: 90_000,
  lostMs: 300_000,
};
