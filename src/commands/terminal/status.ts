import type { House, SeenLocally } from "../../house.ts";
import type { StatusReport } from "../../report/models.ts";
import { renderStatus } from "../../report/terminal-rounds.ts";
import { openDispatches } from "../../rounds/resumption.ts";
import { type Dispatches, statusReport } from "../status.ts";
import { lookAround } from "../world.ts";
import { openRemote } from "./loop.ts";
import { type CommonOptions, lookHere, show, type Terminal } from "./terminal.ts";

/** Of the loop that this machine runs in the folder's repository, unless the environment names one on a forge. */
export async function runStatus(terminal: Terminal, options: CommonOptions): Promise<void> {
  const local = terminal.env["GITHUB_REPOSITORY"] ? null : await lookHere(terminal, options);
  if (local) {
    const { isAtWork, voice } = local;
    const end = isAtWork ? "" : `${voice.plain("status.no-loop")}\n`;
    showStatus(terminal, options, { house: local, status: await localStatus(local), end });
    return;
  }
  const house = await openRemote(terminal, options);
  showStatus(terminal, options, {
    house,
    status: await statusReport(house, await lookAround(house)),
    end: "",
  });
}

function showStatus(
  terminal: Terminal,
  options: CommonOptions,
  { house: { voice }, status, end }: { house: Pick<House, "voice">; status: StatusReport; end: string },
): void {
  const text = renderStatus(status, voice, terminal.screen) + end;
  show(terminal, options, { document: { schema: "autoloop/status@1", ...status }, text });
}

/** What is claimed is trained by the loop that works here; without one nothing of it waits for a runner. */
async function localStatus(house: SeenLocally): Promise<StatusReport> {
  const world = await lookAround(house);
  const running: Dispatches = new Map(
    house.isAtWork ? openDispatches(world.history).map(({ dispatch }) => [dispatch, "running"]) : [],
  );
  const status = await statusReport(house, world, running);
  return { ...status, obstacles: status.obstacles.filter(({ kind }) => kind !== "waits-for-runner") };
}
