import type { Conversation, Forge, People, Permission, WorkflowRun, Workflows } from "../forge.ts";
import {
  type Connection,
  connect,
  createOnce,
  forgeError,
  type GitHubClient,
  ONCE,
  orNull,
} from "./client.ts";
import { display } from "./display.ts";
import { pulls } from "./pulls.ts";
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
    display: display(client),
    workflows: workflows({ client, file: options.workflow, ref: reader.defaultBranch }),
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

/** How far the forge's clock may be behind ours. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

function conversation(client: GitHubClient): Conversation {
  const { octokit, owner, repo, now } = client;
  const at = { owner, repo };
  return {
    reply: async (pull, body) => {
      const began = new Date(now().getTime() - CLOCKS_DIFFER_MS).toISOString();
      await createOnce(client, {
        create: async () => {
          await octokit.rest.issues.createComment({ ...at, issue_number: pull, body, ...ONCE });
          return true;
        },
        find: async () => {
          const since = { since: began, per_page: 100 };
          const { data } = await octokit.rest.issues.listComments({ ...at, issue_number: pull, ...since });
          return data.some((comment) => comment.body?.trim() === body.trim()) || null;
        },
      });
    },
    react: async (comment, content) => {
      await octokit.rest.reactions.createForIssueComment({ owner, repo, comment_id: comment, content });
    },
  };
}

interface WorkflowOptions {
  readonly client: GitHubClient;
  readonly file: string;
  readonly ref: () => Promise<string>;
}

function workflows({ client, file, ref }: WorkflowOptions): Workflows {
  const { octokit, owner, repo } = client;
  const at = { owner, repo, workflow_id: file };
  const runs = async () => {
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
  };
  return {
    runs,
    dispatch: async (inputs) => {
      const branch = await ref();
      const known = (run: WorkflowRun) =>
        inputs["dispatch"] !== undefined && run.title.endsWith(` ${inputs["dispatch"]}`);
      try {
        await createOnce(client, {
          create: async () => {
            const request = { ...at, ref: branch, inputs: { ...inputs }, ...ONCE };
            await octokit.rest.actions.createWorkflowDispatch(request);
            return true;
          },
          find: async () => (await runs()).some(known) || null,
        });
      } catch (thrown) {
        throw forgeError(`the dispatch of ${file}`, thrown);
      }
    },
  };
}
