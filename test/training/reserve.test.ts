import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { keepReserve, writeInReserve } from "../../src/training/reserve.ts";
import { scratch } from "./real-ports.ts";

function failing(code: string): { readonly write: () => Promise<void>; readonly tries: () => number } {
  let tries = 0;
  return {
    write: async () => {
      tries += 1;
      if (tries === 1) throw Object.assign(new Error(code), { code });
    },
    tries: () => tries,
  };
}

describe("the reserve of a state folder", () => {
  it("makes room for what is written on a full disk, once", async () => {
    const folder = scratch(onTestFinished);
    const reserve = join(folder, "reserve");
    await keepReserve(folder);
    expect(statSync(reserve).size).toBe(8_000_000);
    const full = failing("ENOSPC");
    await writeInReserve(folder, full.write);
    expect([full.tries(), existsSync(reserve)]).toEqual([2, false]);
    await keepReserve(folder);
    expect(existsSync(reserve)).toBe(true);
  });

  it("is not spent on another fault", async () => {
    const folder = scratch(onTestFinished);
    await keepReserve(folder);
    const denied = failing("EACCES");
    await expect(writeInReserve(folder, denied.write)).rejects.toThrow("EACCES");
    expect([denied.tries(), existsSync(join(folder, "reserve"))]).toEqual([1, true]);
  });
});
