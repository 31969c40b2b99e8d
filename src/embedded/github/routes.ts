import { actionsRoutes } from "./rest/actions.ts";
import { branchRoutes } from "./rest/branches.ts";
import { checkRoutes } from "./rest/checks.ts";
import { commentRoutes } from "./rest/comments.ts";
import { commitRoutes } from "./rest/commits.ts";
import { contentRoutes } from "./rest/contents.ts";
import { gitObjectRoutes } from "./rest/git-objects.ts";
import { labelRoutes } from "./rest/labels.ts";
import { pullRoutes } from "./rest/pulls.ts";
import { refRoutes } from "./rest/refs.ts";
import { repoRoutes } from "./rest/repo.ts";
import { reviewerRoutes } from "./rest/reviewers.ts";
import { reviewRoutes } from "./rest/reviews.ts";
import type { Route } from "./router.ts";

/** Everything below `/repos/{owner}/{repo}/`; what is not here does not exist. First match wins. */
export const routes: readonly Route[] = [
  ...repoRoutes,
  ...refRoutes,
  ...gitObjectRoutes,
  ...contentRoutes,
  // Before `commits/*ref`.
  ...checkRoutes,
  ...commitRoutes,
  ...branchRoutes,
  ...pullRoutes,
  ...reviewRoutes,
  ...reviewerRoutes,
  ...commentRoutes,
  ...labelRoutes,
  ...actionsRoutes,
];
