import * as z from "zod";
import { blobName } from "../blob-name.ts";
import type { Sha } from "../forge.ts";
import type { GitHubClient } from "./client.ts";

/** Files by content. What a name of git stands for never changes, so nothing is fetched twice. */
export interface BlobReader {
  readonly read: (shas: Iterable<Sha>) => Promise<ReadonlyMap<Sha, Uint8Array>>;
  /** Keeps what GraphQL sent along, if it is complete. */
  readonly remember: (blob: unknown) => void;
}

/** What `... on Blob` is asked for. */
export const BLOB_FIELDS = "... on Blob { oid text }";
const Blob_ = z.looseObject({ oid: z.string(), text: z.string() });

/** A year of rounds; the request stays small against what comes back. */
const AT_ONCE = 500;

export function blobReader(client: GitHubClient): BlobReader {
  const known = new Map<Sha, Uint8Array>();

  // GraphQL cuts long texts, leaves binary ones out and reads others in a way of its own: only what has the right hash counts.
  const remember = (blob: unknown) => {
    const { data } = Blob_.safeParse(blob);
    if (data === undefined) return;
    const bytes = Buffer.from(data.text, "utf8");
    if (blobName(bytes) === data.oid) known.set(data.oid, bytes);
  };

  const readAlone = async (sha: Sha) => {
    const { octokit, owner, repo } = client;
    const { data } = await octokit.rest.git.getBlob({ owner, repo, file_sha: sha });
    known.set(sha, Buffer.from(data.content, "base64"));
  };

  return {
    remember,
    read: async (shas) => {
      const wanted = [...new Set(shas)];
      const missing = () => wanted.filter((sha) => !known.has(sha));
      const first = missing();
      if (first.length > 1) {
        for (let at = 0; at < first.length; at += AT_ONCE) {
          for (const blob of await readTogether(client, first.slice(at, at + AT_ONCE))) remember(blob);
        }
      }
      await Promise.all(missing().map(readAlone));
      return new Map(wanted.flatMap((sha) => [[sha, known.get(sha) ?? new Uint8Array()] as const]));
    },
  };
}

/** The plain requests are the second try. */
export const WITHOUT_RETRY = { request: { retries: 0 } } as const;

const Together = z.looseObject({ repository: z.record(z.string(), z.unknown()) });

/** Many files in one request. When that fails, they are read one by one, and what is wrong shows there. */
async function readTogether(
  { octokit, owner, repo }: GitHubClient,
  shas: readonly Sha[],
): Promise<readonly unknown[]> {
  const fields = shas.map((sha, at) => `b${at}: object(oid: ${JSON.stringify(sha)}) { ${BLOB_FIELDS} }`);
  const query = `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { ${fields.join(" ")} } }`;
  const answer = Together.safeParse(
    await octokit.graphql(query, { owner, repo, ...WITHOUT_RETRY }).catch(() => null),
  );
  return answer.success ? Object.values(answer.data.repository) : [];
}
