import * as z from "zod";
import { hasRole } from "../access.ts";
import { type Hub, stamp } from "../hub.ts";
import { findPull } from "../pulls/lookup.ts";
import { created, ok, unprocessable } from "../reply.ts";
import { type ApiRequest, numberParam, parseBody, type Route, reads, route, writes } from "../router.ts";
import { showLogin } from "../shapes/people.ts";
import { showPull } from "../shapes/pulls.ts";
import type { Pull } from "../state.ts";

const Reviewers = z.looseObject({
  reviewers: z.array(z.string()).default([]),
  team_reviewers: z.array(z.string()).default([]),
});

const MOST_REVIEWERS = 15;

export const reviewerRoutes: readonly Route[] = [
  route("GET pulls/:number/requested_reviewers", reads("pull-requests"), (hub, request) =>
    ok({
      users: pullOf(hub, request).requestedReviewers.map((login) => showLogin(hub, login)),
      teams: [],
    }),
  ),

  route("POST pulls/:number/requested_reviewers", writes("pull-requests"), (hub, request) => {
    const pull = pullOf(hub, request);
    const { reviewers, team_reviewers: teams } = parseBody(request, Reviewers);
    const logins = reviewers.map((login) => hub.access.find(login)?.login ?? login);
    refuseReviewers(hub, pull, { logins, teams });
    pull.requestedReviewers = [...new Set([...pull.requestedReviewers, ...logins])];
    pull.updatedAt = stamp(hub);
    return created(showPull(hub, pull));
  }),

  route("DELETE pulls/:number/requested_reviewers", writes("pull-requests"), (hub, request) => {
    const pull = pullOf(hub, request);
    const gone = parseBody(request, Reviewers).reviewers.map((login) => login.toLowerCase());
    pull.requestedReviewers = pull.requestedReviewers.filter((login) => !gone.includes(login.toLowerCase()));
    return ok(showPull(hub, pull));
  }),
];

function refuseReviewers(
  hub: Hub,
  pull: Pull,
  { logins, teams }: { logins: readonly string[]; teams: readonly string[] },
): void {
  if (logins.includes(pull.author))
    throw unprocessable("Review cannot be requested from pull request author.");
  const strangers = logins.filter((login) => !hasRole(hub.access.find(login)?.role ?? "none", "read"));
  if (strangers.length > 0 || teams.length > 0) {
    const { owner, name } = hub.repository;
    throw unprocessable(
      `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${owner}/${name} repository.`,
    );
  }
  if (pull.requestedReviewers.length + logins.length > MOST_REVIEWERS)
    throw unprocessable(`No more than ${MOST_REVIEWERS} reviewers can be requested.`);
}

function pullOf(hub: Hub, request: ApiRequest): Pull {
  return findPull(hub, numberParam(request, "number"));
}
