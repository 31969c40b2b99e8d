import * as z from "zod";

/** The part of an `issue_comment` payload that decides anything. The payload has no commit of the pull request in it. */
export const IssueCommentEvent = z.looseObject({
  action: z.string(),
  issue: z.looseObject({ number: z.int(), pull_request: z.unknown().optional(), state: z.string() }),
  comment: z.looseObject({
    id: z.int(),
    body: z.string().nullable(),
    user: z.looseObject({ login: z.string(), type: z.string() }).nullable(),
  }),
  sender: z.looseObject({ login: z.string(), type: z.string() }),
});
export type IssueCommentEvent = z.infer<typeof IssueCommentEvent>;
