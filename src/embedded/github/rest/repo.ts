import { legacyPermission } from "../access.ts";
import { notFound, ok } from "../reply.ts";
import { param, type Route, reads, route } from "../router.ts";
import { showUser } from "../shapes/people.ts";
import { showWholeRepository } from "../shapes/repository.ts";

export const repoRoutes: readonly Route[] = [
  route("GET ", reads("metadata"), (hub) => ok(showWholeRepository(hub))),

  // Everybody who exists gets an answer; who does not belong to the repository has "none".
  route("GET collaborators/:user/permission", reads("metadata"), (hub, request) => {
    const user = hub.access.find(param(request, "user"));
    if (user === undefined) throw notFound();
    const role = user.role === "none" && !hub.repository.private ? "read" : user.role;
    const permission = legacyPermission(role);
    return ok({ permission, role_name: role, user: { ...showUser(hub, user), role_name: role } });
  }),
];
