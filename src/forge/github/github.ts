import type { Forge, People, Permission, WorkflowRun, Workflows } from "../forge.ts";
import {
  type Connection,
  connect,
  createOnce,
  forgeError,
  type GitHubClient,
  ONCE,
  orNull,
  statusOf,
  whoAmI,
} from "./client.ts";
import { conversation } from "./conversation.ts";
import { display } from "./display.ts";
import { pulls } from "./pulls.ts";
import { branchWriter, repositoryReader } from "./repository.ts";

/** The whole forge over one connection. `workflow` is the file that is dispatched, e.g. `autoloop.yml`. */
export function gitHubForge(options: Connection & { readonly workflow: string }): Forge {
  const client = connect(options);
  const reader = repositoryReader(client);
  const me = whoAmI(client);
  return {
    reader,
    writer: branchWriter(client),
    pulls: pulls(client),
    people: people(client, me),
    conversation: conversation(client, me),
    display: display(client),
    workflows: workflows({ client, file: options.workflow, ref: reader.defaultBranch }),
  };
}

function people({ octokit, owner, repo }: GitHubClient, me: People["me"]): People {
  const known: ReadonlySet<string> = new Set<Permission>(["admin", "write", "read"]);
  const isPermission = (value: string): value is Permission => known.has(value);
  return {
    me,
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
        started: run.run_started_at ?? null,
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
