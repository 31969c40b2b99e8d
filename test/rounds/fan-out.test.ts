import { fc, it } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { fanOut } from "../../src/rounds/fan-out.ts";

const trials = fc.uniqueArray(
  fc.integer({ min: 0, max: 9999 }).map((n) => `0001a-s${n}`),
  {
    minLength: 1,
    maxLength: 600,
  },
);

describe("fanOut", () => {
  it("gives a box one job for everything", () => {
    expect(fanOut("box", ["0001a-s42", "0001b-s42"])).toEqual(["all"]);
  });

  it("gives every trial a job of its own while GitHub has room for them", () => {
    expect(fanOut("jobs", ["0001a-s42", "0001b-s42"])).toEqual(["0001a-s42", "0001b-s42"]);
    expect(fanOut("jobs", [])).toEqual(["all"]);
  });

  it.prop([trials])("hands out every trial once, in at most 256 jobs, in the order of priority", (all) => {
    const jobs = fanOut("jobs", all).map((entry) => entry.split(","));
    expect(jobs.length).toBeLessThanOrEqual(256);
    expect(jobs.flat().toSorted()).toEqual(all.toSorted());
    expect(jobs.map(([first]) => first)).toEqual(all.slice(0, jobs.length));
  });
});
