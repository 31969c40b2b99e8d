import type { House } from "../house.ts";
import { reportByPull } from "./report-pull.ts";
import { contended, type NewSection, reportPath, sectionFiles, sectionMessage } from "./section-files.ts";
import { lookAround, type World } from "./world.ts";

const TRIES = 5;

/**
 * A section at the end of the report and its data beside it: as one commit on the default branch, or by a pull request of the
 * report where that is set or where the branch takes nothing else. Null: it stands there already.
 */
export async function commitSection(house: House, world: World, section: NewSection): Promise<string | null> {
  if (house.settings.report.via === "commit") {
    const written = await onDefaultBranch(house, world, section);
    if (written.kind !== "refused") return written.commit;
    house.progress.say(
      `${world.branch} takes no commits (${written.reason.replace(/[.\s]+$/, "")}): the report goes by pull request. ` +
        "Set `report.via: pull-request` to go there at once.",
    );
  }
  return reportByPull(house, section);
}

type Written =
  | { readonly kind: "written"; readonly commit: string | null }
  | { readonly kind: "refused"; readonly reason: string };

/** When the branch moved meanwhile, the section is appended to what is there by then. */
async function onDefaultBranch(house: House, world: World, section: NewSection): Promise<Written> {
  let now = world;
  for (let tries = 0; tries < TRIES; tries++) {
    const existing = (await now.view.read([reportPath(house)])).get(reportPath(house)) ?? null;
    const files = sectionFiles(house, section, { existing, taken: now.view.paths });
    if (files === null) return { kind: "written", commit: null };
    const result = await house.forge.writer.commit({
      branch: now.branch,
      parent: now.tree.commit,
      files,
      message: sectionMessage(section),
    });
    if (result.kind === "moved") return { kind: "written", commit: result.commit };
    if (result.kind === "refused") return result;
    now = await lookAround(house);
  }
  throw contended(now.branch, { section, tries: TRIES });
}
