import { messageOf } from "../../errors.ts";
import type { Conversation, People } from "../forge.ts";
import { createOnce, type GitHubClient, isForGood, ONCE, whenKnown } from "./client.ts";

/** How far the forge's clock may be behind ours. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

export function conversation(client: GitHubClient, me: People["me"]): Conversation {
  const { octokit, owner, repo, now } = client;
  const at = { owner, repo };
  const kept = async (pull: number, marker: string) => {
    const all = await octokit.paginate(octokit.rest.issues.listComments, {
      ...at,
      issue_number: pull,
      per_page: 100,
    });
    const login = await me();
    return all.filter(({ user, body }) => user?.login === login && body?.startsWith(marker));
  };
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
          return data.some((comment) => asKept(comment.body ?? "") === asKept(body)) || null;
        },
      });
    },
    replyOnce: async ({ pull, marker, body }) => {
      const create = { ...at, issue_number: pull, body, ...ONCE };
      const find = async () => ((await kept(pull, marker)).length > 0 ? true : null);
      try {
        if ((await find()) === null) {
          await createOnce(client, {
            create: async () => {
              await whenKnown(client, () => octokit.rest.issues.createComment(create));
              return true;
            },
            find,
          });
        }
        return { kind: "said" };
      } catch (thrown) {
        if (!isForGood(thrown)) throw thrown;
        return { kind: "refused", reason: messageOf(thrown) };
      }
    },
    keep: async ({ pull, marker, body }) => {
      const [first, ...doubles] = await kept(pull, marker);
      if (!first) {
        await octokit.rest.issues.createComment({ ...at, issue_number: pull, body });
      } else if (asKept(first.body ?? "") !== asKept(body)) {
        await octokit.rest.issues.updateComment({ ...at, comment_id: first.id, body });
      }
      // Two jobs that looked at the same time both made one.
      for (const { id } of doubles) await octokit.rest.issues.deleteComment({ ...at, comment_id: id });
    },
    react: async (comment, content) => {
      await octokit.rest.reactions.createForIssueComment({ ...at, comment_id: comment, content });
    },
  };
}

/** GitHub changes line ends and outer space. */
function asKept(body: string): string {
  return body.replace(/\r\n?/g, "\n").trim();
}
