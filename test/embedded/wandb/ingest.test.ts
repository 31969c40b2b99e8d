import { fc, it } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { FileStream, streamed, upserted } from "../../../src/embedded/wandb/ingest.ts";
import { newRun, sdkConfig, stateAt, storageId } from "../../../src/embedded/wandb/run.ts";

const address = { entity: "me", project: "p", name: "r1" };
const fresh = newRun(address, 1000);
const body = (value: object) => FileStream.parse(value);
const history = (offset: number, content: readonly string[]) =>
  body({ files: { "wandb-history.jsonl": { offset, content } } });

describe("streamed", () => {
  it("sets lines by number, so that a repeated request changes nothing", () => {
    const once = streamed(fresh, history(0, ["a", "b"]), 2000);
    const twice = streamed(once, history(0, ["a", "b"]), 2000);
    expect(twice).toEqual(once);
    expect(streamed(twice, history(1, ["B", "c"]), 2000).history).toEqual(["a", "B", "c"]);
  });

  it("leaves a gap open until its lines arrive", () => {
    const gap = streamed(fresh, history(2, ["c"]), 2000);
    expect(gap.history).toEqual([null, null, "c"]);
    expect(streamed(gap, history(0, ["a", "b"]), 2000).history).toEqual(["a", "b", "c"]);
  });

  it.prop([fc.array(fc.string(), { minLength: 1 }), fc.array(fc.nat(9), { maxLength: 8 })])(
    "ends in the same lines in whatever order and how often the parts arrive",
    (all, order) => {
      const parts = all.map((line, offset) => history(offset, [line]));
      const shuffled = [
        ...order.map((index) => parts[index % parts.length] ?? parts[0]),
        ...parts.toReversed(),
      ];
      const end = shuffled.reduce((run, part) => (part ? streamed(run, part, 2000) : run), fresh);
      expect(end.history).toEqual(all);
    },
  );

  it("replaces the summary and overwrites console lines", () => {
    const files = {
      "wandb-summary.json": { offset: 0, content: ['{"a":1}'] },
      "output.log": { offset: 0, content: ["one", "two"] },
      "wandb-events.jsonl": { offset: 0, content: ["{}"] },
    };
    const first = streamed(fresh, body({ files }), 2000);
    expect(first).toMatchObject({ summary: '{"a":1}', log: ["one", "two"], events: ["{}"] });
    const later = { "output.log": { offset: 1, content: ["TWO"] } };
    expect(streamed(first, body({ files: later }), 2000)).toMatchObject({
      summary: '{"a":1}',
      log: ["one", "TWO"],
    });
  });

  it("takes an empty body for a heartbeat", () => {
    expect(streamed(fresh, body({}), 5000)).toEqual({ ...fresh, heartbeatAt: 5000 });
  });

  it.each([
    [0, "finished"],
    [1, "failed"],
    [255, "failed"],
  ])("ends with exit code %s as %s", (exitcode, state) => {
    const stopping = { ...fresh, stopRequested: true };
    expect(streamed(stopping, body({ complete: true, exitcode }), 2000)).toMatchObject({
      state,
      exitCode: exitcode,
      stopRequested: false,
    });
  });

  it("runs again when a finished run is resumed", () => {
    const finished = streamed(fresh, body({ complete: true, exitcode: 0 }), 2000);
    expect(streamed(finished, history(0, ["a"]), 3000)).toMatchObject({ state: "running", exitCode: null });
    expect(streamed(fresh, body({ preempting: true }), 3000).state).toBe("preempting");
  });
});

describe("upserted", () => {
  it("keeps what is null or absent", () => {
    const input = { displayName: "a", tags: ["x"], config: '{"lr":{"value":1}}', groupName: "g" };
    const first = upserted({ stored: undefined, address, input, now: 1000 });
    const second = upserted({
      stored: first,
      address,
      input: { displayName: null, tags: null, notes: "n", commit: null },
      now: 9000,
    });
    expect(second).toEqual({ ...first, notes: "n" });
    expect(second).toMatchObject({ displayName: "a", tags: ["x"], group: "g", createdAt: 1000 });
  });

  it("does not wake up a finished run", () => {
    const finished = streamed(fresh, body({ complete: true, exitcode: 0 }), 2000);
    expect(upserted({ stored: finished, address, input: { notes: "later" }, now: 3000 }).state).toBe(
      "finished",
    );
  });
});

describe("a stored run", () => {
  it("counts as crashed after five silent minutes, and only while it runs", () => {
    const silent = 1000 + 5 * 60_000;
    expect(stateAt(fresh, silent)).toBe("running");
    expect(stateAt(fresh, silent + 1)).toBe("crashed");
    expect(stateAt(streamed(fresh, body({}), silent), silent + 1)).toBe("running");
    expect(stateAt({ ...fresh, state: "finished" }, silent * 2)).toBe("finished");
  });

  it("has the storage id that stopRun wants", () => {
    expect(storageId(fresh)).toBe(Buffer.from("Run:v1:r1:p:me").toString("base64"));
  });

  it("always tells the SDK that it did start", () => {
    expect(sdkConfig(fresh)).toEqual({ t: 1 });
    expect(sdkConfig({ ...fresh, config: '{"_wandb":{"value":{"t":{"1":[2]},"m":[]}}}' })).toEqual({
      t: { "1": [2] },
      m: [],
    });
  });
});
