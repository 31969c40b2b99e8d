import type { FileChanges, Pull, Tree } from "../forge/forge.ts";
import type { House } from "../house.ts";
import { appendSection } from "../report/append.ts";
import { sectionsIn } from "../report/sections-in.ts";
import { notWritten, readFile } from "./round-branch.ts";
import { contended, type NewSection, reportPath, sectionFiles, sectionMessage } from "./section-files.ts";
import { lookAround, type World } from "./world.ts";

/** Where sections wait for a default branch that takes no commits. */
const REPORT_BRANCH = "autoloop/report";
const TRIES = 5;

/**
 * A section as a further commit of the report's own pull request, on the default branch as it is now together with the sections
 * that wait there. Null: it is in the report, waits already, or was closed by somebody.
 */
export async function reportByPull(house: House, section: NewSection): Promise<string | null> {
  for (let tries = 0; tries < TRIES; tries++) {
    const world = await lookAround(house);
    const [tree, [newest = null]] = await Promise.all([
      house.forge.reader.tree({ branch: REPORT_BRANCH }),
      house.forge.pulls.fromBranch(REPORT_BRANCH),
    ]);
    const open = newest?.state === "open" ? tree : null;
    const copy = await readFile(house, open ?? (await closedTree(house, newest)), reportPath(house));
    if (copy && hasMarker(copy, section)) return null;
    const waiting = open ? { tree, copy } : { tree: null, copy: null };
    const files = await laidFiles(house, world, { section, ...waiting });
    if (files === null) return null;
    const result = await house.forge.writer.commit({
      branch: REPORT_BRANCH,
      parent: tree?.commit ?? world.tree.commit,
      ...(tree ? { merging: world.tree.commit } : { create: true }),
      files,
      message: sectionMessage(section),
    });
    if (result.kind === "refused") throw notWritten(REPORT_BRANCH, result);
    if (result.kind === "lost-the-race") continue;
    const pull = await openPull(house, world);
    house.progress.say(`${section.topic}: its section waits in ${pull.url}`);
    return result.commit;
  }
  throw contended(REPORT_BRANCH, { section, tries: TRIES });
}

/** What somebody refused, also where its branch is gone. */
async function closedTree(house: House, pull: Pull | null): Promise<Tree | null> {
  const refused = pull !== null && pull.state === "closed" && !pull.merged;
  return refused ? house.forge.reader.tree({ commit: pull.head.sha }) : null;
}

function hasMarker(copy: Uint8Array, { section }: NewSection): boolean {
  return Buffer.from(copy).toString("utf8").split(/\r?\n/).includes(section.marker);
}

async function laidFiles(
  house: House,
  world: World,
  { section, tree, copy }: { section: NewSection; tree: Tree | null; copy: Uint8Array | null },
): Promise<FileChanges | null> {
  const report = await readFile(house, world.tree, reportPath(house));
  const existing = withWaiting(house, report, copy);
  const folder = `${house.settings.paths.reports}/data/`;
  const data = [...(tree?.files ?? [])].filter(
    ([path]) => path.startsWith(folder) && !world.tree.files.has(path),
  );
  const taken = [...world.view.paths, ...data.map(([path]) => path)];
  const added = sectionFiles(house, section, { existing, taken });
  if (added === null) return null;
  const blobs = await house.forge.reader.blobs(data.map(([, { blob }]) => blob));
  const carried = data.map(([path, { blob }]): [string, Uint8Array] => [
    path,
    blobs.get(blob) ?? new Uint8Array(),
  ]);
  return new Map([...carried, ...added]);
}

/** The report as it is now, whoever changed it meanwhile, with the sections of the copy that it does not have. */
function withWaiting(house: House, report: Uint8Array | null, copy: Uint8Array | null): Uint8Array | null {
  const { language } = house.voice;
  const sections = copy ? sectionsIn(Buffer.from(copy).toString("utf8")) : [];
  return sections.reduce((existing, section) => {
    const appended = appendSection({ existing, section, language });
    return appended.kind === "unchanged" ? existing : appended.bytes;
  }, report);
}

function openPull(house: House, world: World): Promise<Pull> {
  return house.forge.pulls.open({
    branch: REPORT_BRANCH,
    base: world.branch,
    title: house.voice.plain("report-pull.title"),
    body: `${house.voice.plain("report-pull.body")}\n`,
  });
}
