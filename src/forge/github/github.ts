import type { Forge, People, Permission, Pull, Pulls, WorkflowRun, Workflows } from "../forge.ts";
import { type Connection, connect, forgeError, type GitHubClient, orNull, statusOf } from "./client.ts";
import { conversation } from "./conversation.ts";
import { branchWriter, repositoryReader } from "./repository.ts";

/** The whole forge over one connection. `workflow` is the file that is dispatched, e.g. `autoloop.yml`. */
export function gitHubForge(options: Connection & { readonly workflow: string }): Forge {
  const client = connect(options);
  const reader = repositoryReader(client);
  return {
    reader,
    writer: branchWriter(client),
    pulls: pulls(client),
    people: people(client),
    conversation: conversation(client),
    workflows: workflows({ client, file: options.workflow, ref: reader.defaultBranch }),
  };
}

interface PullAnswer {
  readonly number: number;
  readonly html_url: string;
  readonly state: string;
  readonly merged_at: string | null;
  readonly title: string;
  readonly body: string | null;
  readonly head: {
    readonly ref: string;
    readonly sha: string;
    readonly repo: { readonly full_name: string } | null;
  };
  readonly base: { readonly ref: string };
  readonly merge_commit_sha: string | null;
  readonly merged_by?: { readonly login: string } | null;
}

function toPull(answer: PullAnswer, repository: string): Pull {
  const merged = answer.merged_at !== null;
  return {
    number: answer.number,
    url: answer.html_url,
    state: answer.state === "open" ? "open" : "closed",
    merged,
    title: answer.title,
    body: answer.body ?? "",
    head: {
      branch: answer.head.ref,
      sha: answer.head.sha,
      sameRepository: answer.head.repo?.full_name.toLowerCase() === repository.toLowerCase(),
    },
    base: answer.base.ref,
    // Before the merge this field names GitHub's trial merge.
    mergeCommit: merged ? answer.merge_commit_sha : null,
    mergedBy: answer.merged_by?.login ?? null,
  };
}

function pulls({ octokit, owner, repo }: GitHubClient): Pulls {
  const at = { owner, repo };
  const repository = `${owner}/${repo}`;
  const fromBranch = async (branch: string) => {
    const { data } = await octokit.rest.pulls.list({
      ...at,
      head: `${owner}:${branch}`,
      state: "all",
      per_page: 30,
    });
    return data.map((answer) => toPull(answer, repository)).sort((a, b) => b.number - a.number);
  };
  return {
    fromBranch,
    get: async (number) =>
      toPull((await octokit.rest.pulls.get({ ...at, pull_number: number })).data, repository),
    open: async ({ branch, base, title, body }) => {
      try {
        const { data } = await octokit.rest.pulls.create({ ...at, head: branch, base, title, body });
        return toPull(data, repository);
      } catch (thrown) {
        // A retried request may have been carried out the first time.
        const existing = (await fromBranch(branch)).find(({ state }) => state === "open");
        if (existing) return existing;
        throw forgeError("the pull request", thrown);
      }
    },
    update: async (number, change) => {
      await octokit.rest.pulls.update({ ...at, pull_number: number, ...change });
    },
  };
}

function people({ octokit, owner, repo }: GitHubClient): People {
  const known: ReadonlySet<string> = new Set<Permission>(["admin", "write", "read"]);
  const isPermission = (value: string): value is Permission => known.has(value);
  return {
    permission: async (login) => {
      const answer = await orNull(
        octokit.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username: login }),
      );
      const permission = answer?.data.permission ?? "none";
      return isPermission(permission) ? permission : "none";
    },
  };
}

interface WorkflowOptions {
  readonly client: GitHubClient;
  readonly file: string;
  readonly ref: () => Promise<string>;
}

function workflows({ client: { octokit, owner, repo }, file, ref }: WorkflowOptions): Workflows {
  const at = { owner, repo, workflow_id: file };
  return {
    dispatch: async (inputs) => {
      try {
        await octokit.rest.actions.createWorkflowDispatch({ ...at, ref: await ref(), inputs: { ...inputs } });
      } catch (thrown) {
        throw forgeError(`the dispatch of ${file}`, thrown);
      }
    },
    runs: async () => {
      const { data } = await octokit.rest.actions.listWorkflowRuns({
        ...at,
        event: "workflow_dispatch",
        per_page: 100,
      });
      return data.workflow_runs.map(
        (run): WorkflowRun => ({
          id: run.id,
          url: run.html_url,
          title: run.display_title,
          status:
            run.status === "completed" ? "completed" : run.status === "in_progress" ? "running" : "queued",
        }),
      );
    },
    cancel: async (run) => {
      try {
        await octokit.rest.actions.cancelWorkflowRun({ owner, repo, run_id: run });
      } catch (thrown) {
        // It was over before we asked.
        if (statusOf(thrown) !== 409) throw forgeError(`the end of workflow run ${run}`, thrown);
      }
    },
  };
}
