import { describe, expect, it } from "vitest";
import { answerComment } from "../../src/commands/comment.ts";
import { record } from "../../src/commands/record.ts";
import { lookAround } from "../../src/commands/world.ts";
import { ledgerStore } from "../../src/forge/ledger-store.ts";
import type { House } from "../../src/house.ts";
import { voiceIn } from "../../src/report/voice.ts";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { RETRIES } from "../../src/rounds/trials.ts";
import { parseSettings } from "../../src/settings.ts";
import { say } from "../rounds/fixtures.ts";
import { memoryForge } from "./memory-forge.ts";

const MANIFESTS = "src/lerobot/scripts/train_config/reports/data/rounds";
const paused: LedgerEvent = {
  ...{ key: "comment:1", at: "2026-01-05T20:00:00.000Z", event: "paused" },
  ...{ by: "ana", reason: null },
};
/** Something may start of the first; all of the second ended. */
const ROUNDS = [
  ...[say.proposed("0001", 1), say.approved("0001", ["1"], 1)],
  ...[say.proposed("0002", 2), say.approved("0002", ["2"], 2)],
  ...[say.dispatched("0002-00000001", [{ id: "0002a-s42", attempt: 1 }]), say.ended("finished", "0002a-s42")],
];

interface Given {
  readonly events: readonly LedgerEvent[];
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Rounds whose manifest is on the default branch. */
  readonly merged?: readonly string[];
}

async function lab({ events, settings = {}, merged = ["0001", "0002"] }: Given) {
  const { forge, runs, comments, crashAt } = memoryForge(
    Object.fromEntries(merged.map((round) => [path(round), "{}"])),
  );
  const house: House = {
    settings: parseSettings({ path: "autoloop.yml", text: JSON.stringify({ mode: "train", ...settings }) }),
    ...{ forge, retries: RETRIES, cloud: null, live: null, underWay: async () => [] },
    voice: voiceIn("en"),
    now: () => new Date("2026-01-05T20:10:00.000Z"),
    progress: { say: () => undefined },
    ledger: ledgerStore(forge),
    glance: () => forge.reader.glance({ beside: "autoloop/ledger", files: [] }),
    messenger: null,
  };
  await record(house, await lookAround(house), { events });
  const by = { login: "ana", type: "User" };
  const answer = (pull: number, body: string, { isNew }: { isNew: boolean }) =>
    answerComment(
      house,
      {
        action: "created",
        issue: { number: pull, pull_request: {}, state: "open" },
        comment: { id: 100, body, user: by },
        sender: by,
      },
      { isNew },
    );
  /** The rounds of which a command started something. */
  const started = async (pull: number, body: string) => {
    await answer(pull, body, { isNew: true });
    return runs.map(({ dispatch }) => dispatch.slice(0, 4)).sort();
  };
  return { house, started, answer, comments, crashAt };
}

function path(round: string): string {
  return `${MANIFESTS}/${round}.json`;
}

describe("a command", () => {
  it.each(["/rerun a", "/extend a --steps 4000", "/seeds a 2"])(
    "%s starts what it asks for, though something of an earlier round may start too",
    async (line) => {
      const { started } = await lab({ events: ROUNDS });
      expect(await started(2, line)).toEqual(["0002"]);
    },
  );

  it("/resume starts what may start of every round", async () => {
    const { started } = await lab({ events: [...ROUNDS.slice(0, 4), paused] });
    expect(await started(2, "/resume")).toEqual(["0001", "0002"]);
  });

  it("/resume starts no more rounds than the night allows: the first claim counts for the second", async () => {
    const settings = { budget: { rounds_per_night: 1 } };
    const { started } = await lab({ events: [...ROUNDS.slice(0, 4), paused], settings });
    expect(await started(2, "/resume")).toEqual(["0001"]);
  });

  it.each([
    ["while the loop is paused", { events: [...ROUNDS, paused] }],
    ["of a round whose merge was undone", { events: ROUNDS, merged: ["0001"] }],
    ["where the settings only propose", { events: ROUNDS, settings: { mode: "propose" } }],
    [
      "beyond the device-hours that there are",
      { events: ROUNDS, settings: { budget: { gpu_hours: 0.001 } } },
    ],
  ])("starts nothing %s", async (_, given) => {
    expect(await (await lab(given)).started(2, "/rerun a")).toEqual([]);
  });

  it.each([1, 2].flatMap((write) => (["before", "after"] as const).map((when) => ({ write, when }))))(
    "is answered once where the job dies $when its write $write and is started again",
    async (crash) => {
      const { house, answer, comments, crashAt } = await lab({ events: ROUNDS });
      crashAt(crash);
      await answer(2, "/rerun", { isNew: true }).catch((thrown: unknown) => {
        expect(thrown).toEqual(new Error("crash"));
      });
      crashAt(null);
      const again = await answer(2, "/rerun", { isNew: false });
      const { history } = await lookAround(house);
      expect([comments.length, history.keys.has("comment:100")]).toEqual([1, true]);
      expect(again.kind).toBe(crash.write === 2 && crash.when === "after" ? "ignored" : "answered");
    },
  );
});
