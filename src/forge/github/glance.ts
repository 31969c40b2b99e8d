import * as z from "zod";
import type { Glance, RepositoryReader, Sha } from "../forge.ts";
import { BLOB_FIELDS, type BlobReader, WITHOUT_RETRY } from "./blobs.ts";
import { type GitHubClient, orNull } from "./client.ts";

const Target = z.looseObject({ target: z.looseObject({ oid: z.string() }) });
const Answer = z.looseObject({
  repository: z.looseObject({
    main: Target.extend({ name: z.string() }).nullable(),
    beside: Target.nullable(),
  }),
});

/** Both branches, and files of the default branch that are about to be read, in one request. */
export function glanceAt(client: GitHubClient, blobs: BlobReader): RepositoryReader["glance"] {
  const { octokit, owner, repo } = client;
  return async ({ beside, files }) => {
    const variables = Object.fromEntries(files.map((path, at) => [`f${at}`, `HEAD:${path}`]));
    const names = Object.keys(variables);
    const query = `query ($owner: String!, $repo: String!, $beside: String!${names.map((name) => `, $${name}: String!`).join("")}) {
      repository(owner: $owner, name: $repo) {
        main: defaultBranchRef { name target { oid } }
        beside: ref(qualifiedName: $beside) { target { oid } }
        ${names.map((name) => `${name}: object(expression: $${name}) { ${BLOB_FIELDS} }`).join(" ")}
      }
    }`;
    const asked = { owner, repo, beside: `refs/heads/${beside}`, ...variables, ...WITHOUT_RETRY };
    const answer = Answer.safeParse(await octokit.graphql(query, asked).catch(() => null));
    // Whatever is wrong, the plain requests say it in their words.
    if (!answer.success) return glanceByRest(client, beside);
    const { main, beside: other, ...rest } = answer.data.repository;
    for (const name of names) blobs.remember(rest[name]);
    const branch = main?.name ?? (await octokit.rest.repos.get({ owner, repo })).data.default_branch;
    return { branch, commit: main?.target.oid ?? null, beside: other?.target.oid ?? null };
  };
}

async function glanceByRest(client: GitHubClient, beside: string): Promise<Glance> {
  const { octokit, owner, repo } = client;
  const branch = (await octokit.rest.repos.get({ owner, repo })).data.default_branch;
  const [commit, other] = await Promise.all([branchHead(client, branch), branchHead(client, beside)]);
  return { branch, commit, beside: other };
}

/** null: there is no such branch. */
export async function branchHead(
  { octokit, owner, repo }: GitHubClient,
  branch: string,
): Promise<Sha | null> {
  const ref = await orNull(octokit.rest.git.getRef({ owner, repo, ref: `heads/${branch}` }));
  return ref?.data.object.sha ?? null;
}
