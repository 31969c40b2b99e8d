/**
 * Leases between processes: one file per name and generation, `<name>.<generation>.lease`.
 *
 * Why generations instead of one file that is replaced: the folder is shared by all users of the machine (mode 1777), and
 * there nobody can rename or delete another's file. A stale lease is therefore not removed but overtaken: the taker creates
 * the next generation, which exactly one process can. Creation is a hard link of a complete file, so no reader meets half a
 * lease. Afterwards the taker looks again: whoever created later sees the earlier one, so two can never both stay.
 */
import { constants } from "node:fs";
import { chmod, link, lstat, mkdir, readdir, readFile, rename, rm, unlink, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { AutoloopError, messageOf } from "../errors.ts";
import { hasCode, isMissing, writeDraft } from "./atomic-file.ts";
import type { Clock } from "./ports.ts";
import { ProcessIdentity, type ProcessTable } from "./process-table.ts";

const LeaseRecord = z.strictObject({
  schema: z.literal("autoloop/lease@1"),
  name: z.string(),
  /** The process that supervises. */
  holder: ProcessIdentity,
  /** What it trains with the device: while that lives, the device is taken even when the holder is gone. */
  trainer: ProcessIdentity.nullable(),
  trial: z.string().nullable(),
  taken: z.iso.datetime(),
});
type LeaseRecord = z.infer<typeof LeaseRecord>;

export interface Lease {
  readonly name: string;
  /** Tells the others who works under this lease now. */
  assign(work: { trial: string; trainer: ProcessIdentity }): Promise<void>;
  /** The heartbeat is the file's time. Only processes in other containers and on other machines need it: they cannot see ours. */
  beat(): Promise<void>;
  release(): Promise<void>;
}

export interface LeaseRequest {
  readonly folder: string;
  /** A GPU uuid, `cpu-0`, or a trial attempt: `[A-Za-z0-9-]+`. */
  readonly name: string;
  readonly processes: ProcessTable;
  readonly clock: Clock;
}

/** How often a holder has to beat, and how long the silence of one that we cannot see is trusted. */
export const HEARTBEAT_MS = 60_000;
const SILENCE_MS = 5 * HEARTBEAT_MS;

/**
 * Null: somebody living has it.
 * @throws AutoloopError `training.lease-folder`.
 */
export async function acquireLease(request: LeaseRequest): Promise<Lease | null> {
  const { folder, name, processes, clock } = request;
  await makeLeaseFolder(folder);
  const before = await look(request);
  if (before.some((found) => found.live)) return null;

  const generation = Math.max(0, ...before.map((found) => found.generation)) + 1;
  const path = join(folder, `${name}.${String(generation).padStart(8, "0")}.lease`);
  const record: LeaseRecord = {
    schema: "autoloop/lease@1",
    name,
    holder: await processes.self(),
    trainer: null,
    trial: null,
    taken: new Date(clock.now()).toISOString(),
  };
  if (!(await createLease(path, record))) return null;

  const rivals = (await look(request)).filter((found) => found.live && found.path !== path);
  if (rivals.length > 0) {
    await unlink(path);
    return null;
  }
  await Promise.all(before.map((stale) => removeWhatWeMay(stale.path)));
  return heldLease({ path, record, clock });
}

/** Whether somebody living has it. Looks only. */
export async function isLeased(request: LeaseRequest): Promise<boolean> {
  try {
    return (await look(request)).some(({ live }) => live);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Host-wide and open to every user, as /tmp is: sticky, so that nobody deletes the lease of another. */
async function makeLeaseFolder(folder: string): Promise<void> {
  try {
    if ((await mkdir(folder, { recursive: true })) !== undefined) await chmod(folder, 0o1777);
  } catch (error) {
    throw unusable(folder, error);
  }
}

async function createLease(path: string, record: LeaseRecord): Promise<boolean> {
  const draft = await leaseDraft(path, record).catch((error: unknown) => {
    throw unusable(dirname(path), error);
  });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, ["EEXIST"])) return false;
    throw unusable(dirname(path), error);
  } finally {
    await rm(draft, { force: true });
  }
}

function unusable(folder: string, cause: unknown): AutoloopError {
  return new AutoloopError("training.lease-folder", {
    what: `No lease can be created in ${folder}: ${messageOf(cause)}.`,
    next: "Put it on a local file system with hard links that this user can write to.",
    cause,
  });
}

function heldLease({ path, record, clock }: { path: string; record: LeaseRecord; clock: Clock }): Lease {
  return {
    name: record.name,
    assign: async (work) => rename(await leaseDraft(path, { ...record, ...work }), path),
    beat: async () => {
      const now = new Date(clock.now());
      await utimes(path, now, now);
    },
    release: () => rm(path, { force: true }),
  };
}

function leaseDraft(path: string, record: LeaseRecord): Promise<string> {
  return writeDraft({
    folder: dirname(path),
    content: `${JSON.stringify(record)}\n`,
    mode: 0o644,
  });
}

interface FoundLease {
  readonly path: string;
  readonly generation: number;
  readonly live: boolean;
}

async function look({ folder, name, processes, clock }: LeaseRequest): Promise<FoundLease[]> {
  const ours = new RegExp(`^${name}\\.(\\d+)\\.lease$`);
  const found: FoundLease[] = [];
  for (const file of await readdir(folder)) {
    const generation = ours.exec(file)?.[1];
    if (generation === undefined) continue;
    const path = join(folder, file);
    const seen = await readLease(path);
    if (seen === null) continue;
    const silent = clock.now() - seen.beat > SILENCE_MS;
    found.push({ path, generation: Number(generation), live: await isLive({ ...seen, silent, processes }) });
  }
  return found;
}

async function isLive(seen: {
  record: LeaseRecord | null;
  silent: boolean;
  processes: ProcessTable;
}): Promise<boolean> {
  if (seen.record === null) return !seen.silent;
  const { holder, trainer } = seen.record;
  const lives = await Promise.all(
    [holder, ...(trainer ? [trainer] : [])].map((one) => seen.processes.lifeOf(one)),
  );
  return lives.includes("alive") || (lives.includes("unknown") && !seen.silent);
}

/** Null when it was released meanwhile. `record` null: unreadable, as after a power failure; then only its age counts. */
async function readLease(path: string): Promise<{ record: LeaseRecord | null; beat: number } | null> {
  try {
    const beat = (await lstat(path)).mtimeMs;
    return { record: parseLease(await readWithoutFollowing(path)), beat };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** In a folder that everybody can write to, a link could point anywhere. */
async function readWithoutFollowing(path: string): Promise<string> {
  try {
    return await readFile(path, { encoding: "utf8", flag: constants.O_RDONLY | constants.O_NOFOLLOW });
  } catch (error) {
    if (hasCode(error, ["ELOOP", "EACCES"])) return "";
    throw error;
  }
}

function parseLease(text: string): LeaseRecord | null {
  try {
    return LeaseRecord.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Another user's stale lease stays: it is overtaken and harms nobody. */
async function removeWhatWeMay(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!hasCode(error, ["ENOENT", "EPERM", "EACCES"])) throw error;
  }
}
