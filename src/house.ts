import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AutoloopError } from "./errors.ts";
import { viewOfFolder, writeFolder } from "./forge/folder.ts";
import { EMPTY_TREE, type FileChanges, type Forge, type Glance, LEDGER_BRANCH } from "./forge/forge.ts";
import { type LedgerStore, ledgerStore } from "./forge/ledger-store.ts";
import { checkGit, findGit } from "./forge/local/git.ts";
import { forgeToRead, type LocalForge, localForge } from "./forge/local/local.ts";
import { type RepositoryView, readText, viewOfTree } from "./forge/view.ts";
import type { Messenger } from "./forge/webhook.ts";
import { type FirstLook, glanceWithSettings, lookFirst } from "./house/first-look.ts";
import { openMessenger } from "./house/messenger.ts";
import { stateFolder } from "./house/state-folder.ts";
import { openWandb } from "./house/wandb.ts";
import { detectLanguage } from "./report/append.ts";
import { plainLine } from "./report/plain.ts";
import { type Voice, voiceIn } from "./report/voice.ts";
import { RETRIES, type Retries } from "./rounds/trials.ts";
import type { LiveCloud } from "./runs/live-cloud.ts";
import type { RunSource } from "./runs/source.ts";
import { runTexts } from "./runs/texts.ts";
import { parseSettings, type Settings } from "./settings.ts";
import { type AttemptProgress, attemptProgress } from "./training/attempt-progress.ts";
import { commandRunner } from "./training/command-runner.ts";
import type { LaunchPorts } from "./training/launch-options.ts";
import { acquireLease, isLeased } from "./training/leases.ts";
import { systemProcessTable } from "./training/process-table.ts";
import { SETTINGS_PATH } from "./usual-paths.ts";

/** What people see while something takes its time. Goes to stderr, never into a document. */
export interface Progress {
  readonly say: (line: string) => void;
}

/** What every command has. Only this file's builders make adapters; a test hands in what it needs. */
interface Household {
  readonly settings: Settings;
  readonly voice: Voice;
  readonly now: () => Date;
  readonly progress: Progress;
}

/** A repository on a forge: the whole loop. */
export interface House extends Household {
  readonly forge: Forge;
  readonly ledger: LedgerStore;
  readonly retries: Retries;
  /** Where default branch and ledger are. The first answer is what was seen when the house was opened, a moment ago. */
  readonly glance: () => Promise<Glance>;
  /** W&B itself; null where no key is known. */
  readonly cloud: RunSource | null;
  /** How far trials are that this machine trains at the moment: none where it is not the box. */
  readonly underWay: () => Promise<readonly AttemptProgress[]>;
  /** A chat; null where none is set. */
  readonly messenger: Messenger | null;
  /** Runs of W&B that are still going on; null where no key is known. */
  readonly live: LiveCloud | null;
}

/** A repository as it lies in a folder: looking and writing reports, no loop. */
export interface FolderHouse extends Household {
  readonly root: string;
  readonly view: RepositoryView;
  readonly write: (files: FileChanges) => Promise<void>;
}

/** What the outside gives a program. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  readonly progress: Progress;
}

export interface HouseOptions {
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  /** The workflow file that trains, e.g. `autoloop.yml`. */
  readonly workflow: string;
  readonly settingsPath: string;
  /** The loop goes no further than this, whatever the settings say. */
  readonly mode?: Settings["mode"] | undefined;
  readonly wandbKey?: string | undefined;
  /** Address of the chat's webhook; otherwise the variable that the settings name. */
  readonly webhookUrl?: string | undefined;
}

/** A house on the forge: settings and language are those of the repository's default branch. `look`: what was asked before. */
export async function openHouse(
  surroundings: Surroundings,
  options: HouseOptions,
  look?: FirstLook,
): Promise<House> {
  const { now, progress } = surroundings;
  const { forge, seen } = look ?? (await lookFirst(surroundings, options));
  const { settings, voice, glance } = await readRepository({ forge, seen }, options);
  return {
    settings,
    voice,
    now,
    progress,
    forge,
    ledger: ledgerStore(forge),
    retries: { ...RETRIES, ...settings.trainer.retries },
    ...(await openWandb(settings, surroundings, { key: options.wandbKey })),
    glance,
    underWay: () => attemptProgress(stateFolder({ settings, forge }, surroundings)),
    messenger: openMessenger(settings, surroundings, options.webhookUrl),
  };
}

async function readRepository(
  { forge: { reader }, seen }: FirstLook,
  { settingsPath, mode }: Pick<HouseOptions, "settingsPath" | "mode">,
): Promise<{ settings: Settings; voice: Voice; glance: House["glance"] }> {
  let opening: Glance | null = seen;
  const tree = seen.commit === null ? null : await reader.tree({ commit: seen.commit });
  const view = viewOfTree({ reader, tree: tree ?? EMPTY_TREE });
  const { settings, voice } = await readViewed(view, settingsPath);
  const glance = async () => {
    const now = opening ?? (await reader.glance({ beside: LEDGER_BRANCH, files: [] }));
    opening = null;
    return now;
  };
  return { settings: { ...settings, mode: lowerMode(settings.mode, mode) }, voice, glance };
}

/** A plain local repository: the whole loop without a forge. One process at a time has it. */
export interface LocalHouse extends House {
  readonly forge: LocalForge;
  readonly close: () => Promise<void>;
}

interface LocalOptions {
  readonly root: string;
  readonly settingsPath: string;
  readonly ports: Pick<LaunchPorts, "clock" | "processes">;
}

/** @throws AutoloopError `arguments.*` when the folder is no repository to work in, `forge.busy` when another loop runs in it. */
export async function openLocal(surroundings: Surroundings, options: LocalOptions): Promise<LocalHouse> {
  const { env, progress } = surroundings;
  const { root, settingsPath, ports } = options;
  const git = await findGit({ folder: root, env });
  await checkGit(git);
  const locks = locksIn(git.dir);
  await mkdir(locks, { recursive: true });
  const lease = await acquireLease({ ...ports, folder: locks, name: "loop" });
  if (!lease) {
    throw new AutoloopError("forge.busy", {
      what: `Another loop works in ${git.dir}.`,
      next: "Wait until it has ended, or stop it with Ctrl-C.",
    });
  }
  try {
    const forge = await localForge({ git, folder: root, say: (line) => progress.say(plainLine(line)) });
    return { ...(await localHouse(surroundings, { forge, settingsPath })), close: () => lease.release() };
  } catch (thrown) {
    await lease.release();
    throw thrown;
  }
}

/** The same only to look at, also while a loop works in it. */
export interface SeenLocally extends House {
  /** A loop works in it at the moment. */
  readonly isAtWork: boolean;
}

/** Null: no loop ever kept a ledger in this folder's repository, or it is in none. Nothing is written. */
export async function lookLocally(
  surroundings: Surroundings,
  options: LocalOptions,
): Promise<SeenLocally | null> {
  const { root, settingsPath, ports } = options;
  const git = await findGit({ folder: root, env: surroundings.env }).catch((thrown: unknown) => {
    if (thrown instanceof AutoloopError) return null;
    throw thrown;
  });
  const forge = git && (await forgeToRead(git));
  if (!git || !forge) return null;
  const isAtWork = await isLeased({ ...ports, folder: locksIn(git.dir), name: "loop" });
  return { ...(await localHouse(surroundings, { forge, settingsPath })), isAtWork };
}

function locksIn(gitDir: string): string {
  return join(gitDir, "autoloop", "locks");
}

async function localHouse<F extends Forge>(
  surroundings: Surroundings,
  { forge, settingsPath }: { forge: F; settingsPath: string },
): Promise<House & { readonly forge: F }> {
  const { now, progress } = surroundings;
  const seen = await glanceWithSettings(forge, { settingsPath });
  const { settings: read, voice, glance } = await readRepository({ forge, seen }, { settingsPath });
  // Rounds are all that has pull requests here, and no branch refuses commits.
  const settings: Settings = { ...read, report: { via: "commit" } };
  const retries = { ...RETRIES, ...settings.trainer.retries, ...ATTENDED };
  const house = { settings, voice, now, progress, forge, glance, ledger: ledgerStore(forge), retries };
  return {
    ...house,
    underWay: () => attemptProgress(stateFolder(house, surroundings)),
    messenger: openMessenger(settings, surroundings),
    ...(await openWandb(settings, surroundings, {})),
  };
}

/** In a terminal a person starts the loop again after each of these, and at once. */
const ATTENDED: Pick<Retries, "uncounted" | "restMs"> = {
  uncounted: new Set(["cancelled", "launcher-lost", "lost"]),
  restMs: 0,
};

/** The settings that a repository carries, and the language of its people: as set, else that of the report they have. */
async function readViewed(
  view: RepositoryView,
  settingsPath: string,
): Promise<{ settings: Settings; voice: Voice }> {
  const text = await readText(view, settingsPath);
  if (text === null && settingsPath !== SETTINGS_PATH) {
    throw new AutoloopError("settings.missing", {
      what: `There are no settings at ${settingsPath}.`,
      next: `Name a file of the repository; without --settings it is ${SETTINGS_PATH}, and may be missing.`,
    });
  }
  const settings = parseSettings(text === null ? null : { path: settingsPath, text });
  const report = `${settings.paths.reports}/${settings.paths.report}`;
  const existing =
    settings.language || view.links.has(report) ? undefined : (await view.read([report])).get(report);
  return {
    settings,
    voice: voiceIn(settings.language ?? detectLanguage(existing ?? null) ?? "en", [runTexts]),
  };
}

export async function openFolder(
  surroundings: Surroundings,
  options: { root: string; settingsPath: string },
): Promise<FolderHouse> {
  const { root, settingsPath } = options;
  const view = await viewOfFolder(root);
  const { now, progress } = surroundings;
  return {
    ...(await readViewed(view, settingsPath)),
    now,
    progress,
    root,
    view,
    write: (files) => writeFolder({ root, files }),
  };
}

/** What training needs of this machine. `environment` is what the trainer's allow-list is taken from. */
export function launchPorts(environment: Surroundings["env"], spawn: LaunchPorts["spawn"]): LaunchPorts {
  const clock = {
    now: () => Date.now(),
    steady: () => performance.now(),
    sleep: (ms: number, signal?: AbortSignal) =>
      sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
  };
  return {
    clock,
    run: commandRunner(toolEnvironment(environment)),
    spawn,
    processes: systemProcessTable(),
    environment,
  };
}

/** git and nvidia-smi read files that a training can write: what they are told holds no secret. */
function toolEnvironment(environment: Surroundings["env"]): Surroundings["env"] {
  const seen = ["PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH"];
  // Slurm's own variables say which cluster is asked; they are no secrets.
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => seen.includes(name) || name.startsWith("SLURM_")),
  );
}

const MODES: readonly Settings["mode"][] = ["report", "propose", "train"];

function lowerMode(a: Settings["mode"], b: Settings["mode"] = "train"): Settings["mode"] {
  return MODES.indexOf(a) <= MODES.indexOf(b) ? a : b;
}
