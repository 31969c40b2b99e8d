import { AutoloopError, messageOf } from "../../errors.ts";
import type { Pull, Pulls } from "../forge.ts";
import { createOnce, forgeError, type GitHubClient, ONCE, statusOf, whenKnown } from "./client.ts";

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
  readonly merged_by?: { readonly login: string; readonly type?: string } | null;
  readonly labels?: readonly (string | { readonly name?: string | null })[];
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
    mergedByBot: answer.merged_by?.type === "Bot",
    labels: (answer.labels ?? []).flatMap((label) =>
      typeof label === "string" ? label : (label.name ?? []),
    ),
  };
}

export function pulls(client: GitHubClient): Pulls {
  const { octokit, owner, repo } = client;
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
  const openFrom = async (branch: string) =>
    (await fromBranch(branch)).find(({ state }) => state === "open") ?? null;
  return {
    fromBranch,
    get: async (number) =>
      whenKnown(client, async () =>
        toPull((await octokit.rest.pulls.get({ ...at, pull_number: number })).data, repository),
      ),
    open: async ({ branch, base, title, body }) => {
      const known = await openFrom(branch);
      if (known) return known;
      try {
        return await createOnce(client, {
          create: async () => {
            const wanted = { ...at, head: branch, base, title, body };
            return toPull((await octokit.rest.pulls.create({ ...wanted, ...ONCE })).data, repository);
          },
          find: () => openFrom(branch),
        });
      } catch (thrown) {
        // Somebody else's wake-up may have opened it meanwhile.
        const existing = statusOf(thrown) === 422 ? await openFrom(branch) : null;
        if (existing) return existing;
        throw notAllowed(thrown) ?? forgeError("the pull request", thrown);
      }
    },
    update: async (number, change) => {
      await whenKnown(client, () => octokit.rest.pulls.update({ ...at, pull_number: number, ...change }));
    },
  };
}

/** The one setting of a repository that a workflow's token cannot do without. */
function notAllowed(thrown: unknown): AutoloopError | null {
  if (statusOf(thrown) !== 403 || !/not permitted to create/i.test(messageOf(thrown))) return null;
  return new AutoloopError("forge.pulls-not-allowed", {
    what: "This repository (or its organisation) does not let GitHub Actions create pull requests.",
    next: 'Turn on Settings → Actions → General → "Allow GitHub Actions to create and approve pull requests", or give a GitHub App\'s token as the input `token`; the next wake-up opens the round that is prepared.',
    cause: thrown,
  });
}
