import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openLogFile } from "../../src/training/log-file.ts";
import { scratch } from "./real-ports.ts";

describe("openLogFile", () => {
  it("keeps the newest part of a flood, at most twice the cap", async () => {
    const path = join(scratch(onTestFinished), "logs", "x.log");
    const log = await openLogFile({ path, capBytes: 100 });
    const lines = Array.from({ length: 100 }, (_, index) => `line ${String(index).padStart(4, "0")}\n`);
    await Promise.all(lines.map((line) => log.write(Buffer.from(line))));
    await log.close();
    const kept = readFileSync(`${path}.1`, "utf8") + readFileSync(path, "utf8");
    expect(kept.length).toBeLessThanOrEqual(200);
    expect(kept).toBe(lines.slice(-kept.length / 10).join(""));
  });

  it("goes on where an earlier one ended", async () => {
    const path = join(scratch(onTestFinished), "x.log");
    for (const text of ["one\n", "two\n"]) {
      const log = await openLogFile({ path, capBytes: 100 });
      await log.write(Buffer.from(text));
      await log.close();
    }
    expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
    expect(existsSync(`${path}.1`)).toBe(false);
  });
});
