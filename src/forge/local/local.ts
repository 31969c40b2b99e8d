import { access, constants, rm } from "node:fs/promises";
import { AutoloopError } from "../../errors.ts";
import type { Conversation, Forge, People, WorkflowRun, Workflows } from "../forge.ts";
import { AUTHOR, type Git } from "./git.ts";
import { checkCommitter, establish, established, type Identity } from "./identity.ts";
import { mergeByBudget } from "./merge.ts";
import { type PullFiles, pullFiles } from "./pull-files.ts";
import { localPulls } from "./pulls.ts";
import { commitOf, headOf, localReader } from "./reader.ts";
import { type WorkTrees, workTrees } from "./work-trees.ts";
import { localWriter, scratch } from "./writer.ts";

/** A repository without a forge around it, and what a forge's button would do. */
export interface LocalForge extends Forge {
  /** The repository's git directory. */
  readonly gitDir: string;
  /** Merges the open round of this number in the name of the budget. */
  readonly merge: (number: number, message: string) => Promise<void>;
}

export interface LocalForgeOptions {
  readonly git: Git;
  /** The folder that was named: its checked-out branch is the default branch at the first start. */
  readonly folder: string;
  /** Where replies go that a forge would show as comments. */
  readonly say: (line: string) => void;
}

/**
 * For one process at a time: what an earlier one left lying about is removed.
 * @throws AutoloopError `arguments.no-branch`, `arguments.no-commit`, `settings.no-committer`.
 */
export async function localForge({ git, folder, say }: LocalForgeOptions): Promise<LocalForge> {
  await checkCommitter(git);
  await rm(scratch(git), { recursive: true, force: true });
  const identity = await establish(git, { folder });
  const { branch } = identity;
  const trees = workTrees(git, say);
  const at = await commitOf(git, headOf(branch));
  if (at !== null) await trees.catchUp({ branch, at });
  return forgeOver(git, { identity, trees, say });
}

/** Only to look at, also beside a process that works in it; null: no loop ever kept a ledger here. */
export async function forgeToRead(git: Git): Promise<Forge | null> {
  const identity = await established(git);
  if (identity === null) return null;
  const say = () => undefined;
  const forge = forgeOver(git, { identity, trees: workTrees(git, say), say });
  return { ...forge, writer: { commit: async () => READ_ONLY } };
}

const READ_ONLY = { kind: "refused", reason: "the repository is only looked at" } as const;

function forgeOver(
  git: Git,
  { identity, trees, say }: { identity: Identity; trees: WorkTrees; say: (line: string) => void },
): LocalForge {
  const { branch } = identity;
  const files = pullFiles(git);
  const pulls = localPulls(git, { files, base: branch });
  return {
    gitDir: git.dir,
    reader: localReader(git, identity),
    writer: localWriter(git, trees),
    pulls,
    people: localPeople(git),
    conversation: localConversation(files, say),
    // A plain repository shows nothing but its commits.
    display: {
      label: async () => undefined,
      requestReviewers: async () => undefined,
      check: async () => undefined,
    },
    workflows: localWorkflows(),
    merge: async (number, message) => {
      const { head } = await pulls.get(number);
      await mergeByBudget(git, trees, { branch: head.branch, into: branch, message });
    },
  };
}

/**
 * Names are not proved here: whoever can write the repository can write any. So the question is whether this process, which
 * acts for the person who started it, may write it; what is merged in it was merged by somebody who could.
 */
function localPeople(git: Git): People {
  return {
    me: async () => AUTHOR.GIT_AUTHOR_NAME,
    permission: async () =>
      access(git.dir, constants.W_OK).then(
        () => "write" as const,
        () => "none" as const,
      ),
  };
}

function localConversation(files: PullFiles, say: (line: string) => void): Conversation {
  const reply = async (number: number, body: string) => {
    const file = await files.read(number);
    if (file) await files.write({ ...file, replies: [...file.replies, body] });
    for (const line of body.split("\n").filter((text) => text.trim() !== "" && !text.startsWith("<!--")))
      say(line);
  };
  return {
    reply,
    replyOnce: async ({ pull, marker, body }) => {
      const file = await files.read(pull);
      if (!file?.replies.some((known) => known.startsWith(marker))) await reply(pull, body);
      return { kind: "said" };
    },
    // `autoloop status` says the same whenever somebody wants to know.
    keep: async () => undefined,
    react: async (comment) => {
      throw new AutoloopError("forge.no-comments", {
        what: `A local repository has no comment ${comment}.`,
        next: "Use the commands of the terminal.",
      });
    },
  };
}

/** There is nobody to dispatch to: what is asked for waits here until the loop in this process trains it. */
function localWorkflows(): Workflows {
  const asked: WorkflowRun[] = [];
  return {
    dispatch: async ({ dispatch = "" }) => {
      asked.unshift({
        id: asked.length + 1,
        url: "",
        title: `autoloop train ${dispatch}`,
        status: "queued",
        started: null,
      });
    },
    runs: async () => asked,
    // Whoever wants to end this process can.
    cancel: async () => undefined,
  };
}
