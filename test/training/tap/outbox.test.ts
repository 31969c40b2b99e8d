import { appendFileSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { adoptOutbox, createOutbox } from "../../../src/training/tap/outbox.ts";
import type { StoredRequest } from "../../../src/training/tap/stored-request.ts";
import { realClock, scratch } from "../real-ports.ts";

const RUN = "a123456789";
const line = (offset: number, text = "{}"): StoredRequest => ({
  kind: "stream",
  run: RUN,
  entity: "me",
  project: "p",
  body: { files: { "wandb-history.jsonl": { offset, content: [text] } } },
});
const options = (folder: string) => ({ folder, runId: RUN, clock: realClock, maxBytes: 2 ** 26 });

describe("an outbox", () => {
  it("keeps requests in their order until they are sent, and leaves no file then", async () => {
    const folder = scratch(onTestFinished);
    const outbox = createOutbox(options(folder));
    expect(readdirSync(folder)).toEqual([]);
    await Promise.all([0, 1, 2].map((offset) => outbox.append(line(offset))));
    const [first, ...rest] = await outbox.oldest();
    expect([first, ...rest].map((entry) => entry?.request)).toEqual([0, 1, 2].map((offset) => line(offset)));
    if (first) await outbox.sent(first);
    expect(outbox.count()).toBe(2);
    await outbox.append(line(3));
    const left = await outbox.oldest();
    expect(left.map(({ request }) => request)).toEqual([1, 2, 3].map((offset) => line(offset)));
    for (const entry of left) await outbox.sent(entry);
    expect([outbox.count(), await outbox.oldest(), readdirSync(folder)]).toEqual([0, [], []]);
    await outbox.append(line(4));
    expect(await outbox.oldest()).toHaveLength(1);
  });

  it("counts what is being written, so that nothing passes it", () => {
    const outbox = createOutbox(options(scratch(onTestFinished)));
    const written = outbox.append(line(0));
    expect(outbox.count()).toBe(1);
    return written;
  });

  it("is read in pieces, also past a line that is larger than one", async () => {
    const outbox = createOutbox(options(scratch(onTestFinished)));
    const texts = ["a", "é".repeat(3 * 2 ** 20), "b", "c".repeat(2 ** 20), "d".repeat(2 ** 20), "e"];
    for (const [offset, text] of texts.entries()) await outbox.append(line(offset, text));
    const seen: StoredRequest[] = [];
    const sizes: number[] = [];
    for (let found = await outbox.oldest(); found.length > 0; found = await outbox.oldest()) {
      sizes.push(found.length);
      for (const entry of found) {
        seen.push(entry.request);
        await outbox.sent(entry);
      }
    }
    expect(seen).toEqual(texts.map((text, offset) => line(offset, text)));
    expect(sizes.length).toBeGreaterThan(1);
  });

  it("is for the eyes of its user", async () => {
    const folder = join(scratch(onTestFinished), "tap");
    await createOutbox(options(folder)).append(line(0));
    const [file = ""] = readdirSync(folder);
    expect([folder, join(folder, file)].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
  });

  it("says when it cannot write, and counts nothing then", async () => {
    const folder = join(scratch(onTestFinished), "file");
    appendFileSync(folder, "in the way");
    const outbox = createOutbox(options(folder));
    await expect(outbox.append(line(0))).rejects.toThrow();
    expect(outbox.count()).toBe(0);
  });

  it("of a holder that died in the middle of a line has all complete ones", async () => {
    const folder = scratch(onTestFinished);
    const outbox = createOutbox(options(folder));
    await outbox.append(line(0));
    await outbox.append(line(1));
    const [file = ""] = readdirSync(folder);
    appendFileSync(join(folder, file), '{"kind":"stream","run":"a1');
    renameSync(join(folder, file), join(folder, `${RUN}.000000000000.held.jsonl`));
    const adopted = await adoptOutbox({ ...options(folder), name: `${RUN}.000000000000` });
    expect(adopted.count()).toBe(2);
    const entries = await adopted.oldest();
    expect(entries.map(({ request }) => request)).toEqual([line(0), line(1)]);
    for (const entry of entries) await adopted.sent(entry);
    expect(readdirSync(folder)).toEqual([]);
  });
});
