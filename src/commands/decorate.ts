import type { House } from "../house.ts";
import { checkOpenRound, checkRound, type RoundCheck } from "../report/check-run.ts";
import { parseManifest } from "../rounds/approval.ts";
import type { RoundHistory } from "../rounds/history.ts";
import { readBranch } from "../rounds/round-branch.ts";
import { isThrough } from "../rounds/trials.ts";
import { readManifestFile, variantFiles } from "./round-branch.ts";
import { attempted } from "./tell.ts";
import { manifestPath, type World } from "./world.ts";

/** What GitHub shows beside the words: labels, and a check on the commit that counts. Rebuilt from git, read by nobody. */
export async function decorateRounds(
  house: House,
  world: World,
  touched: ReadonlySet<string>,
): Promise<void> {
  for (const round of world.history.rounds.values()) {
    if (touched.has(round.round)) await attempted(house, () => decorate(house, world, round));
  }
}

async function decorate(house: House, world: World, round: RoundHistory): Promise<void> {
  if (round.state === "proposed" && round.pull !== null) await decorateOpen(house, round, round.pull);
  if (!round.approved) return;
  const open = round.attempts.some(({ outcome }) => outcome === null);
  const over =
    !open &&
    round.attempts.length > 0 &&
    isThrough(round, { history: world.history, retries: house.retries });
  await writeCheck(house, {
    round: round.round,
    commit: round.approved.merge,
    ...checkRound(round, { over }, house.voice),
  });
}

async function decorateOpen(house: House, { round, proposed }: RoundHistory, number: number): Promise<void> {
  const pull = await house.forge.pulls.get(number);
  const tree = await house.forge.reader.tree({ commit: pull.head.sha });
  const bytes = await readManifestFile(house, tree, manifestPath(house, round));
  const manifest = bytes ? parseManifest(bytes) : null;
  const labels = ["autoloop", ...(manifest ? [`autoloop:${manifest.kind}`] : [])];
  if (labels.some((label) => !pull.labels.includes(label))) {
    await attempted(house, () => house.forge.display.label(number, labels));
  }
  const files = await variantFiles(house, tree, manifest);
  const content = readBranch({ round, proposed: proposed?.variants ?? [], manifest: bytes, files });
  const broken =
    content.kind === "readable"
      ? content.broken.map(({ id, detail }) => ({
          id,
          path: manifest?.variants.find((variant) => variant.id === id)?.path ?? manifestPath(house, round),
          reason: detail,
        }))
      : [
          {
            id: round,
            path: manifestPath(house, round),
            reason: house.voice.plain(`refusal.${content.reason}`),
          },
        ];
  const launchable = content.kind === "readable" ? Object.keys(content.bound.configs).length : 0;
  const check = checkOpenRound(round, { launchable, broken }, house.voice);
  await writeCheck(house, { round, commit: pull.head.sha, ...check });
}

function writeCheck(
  house: House,
  { round, commit, ...check }: RoundCheck & { round: string; commit: string },
): Promise<void> {
  return house.forge.display.check({ name: `autoloop round ${round}`, commit, ...check });
}
