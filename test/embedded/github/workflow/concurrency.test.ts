import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  emptyGroup,
  enterGroup,
  type Group,
  leaveGroup,
} from "../../../../src/embedded/github/workflow/concurrency.ts";
import { anyPathMatches, asksToSkip } from "../../../../src/embedded/github/workflow/path-filter.ts";

const single = { cancelInProgress: false, queue: "single" } as const;
const max = { cancelInProgress: false, queue: "max" } as const;

describe("a concurrency group", () => {
  it("keeps one pending job: a newer one cancels it, the running one goes on", () => {
    const one = enterGroup(emptyGroup, 1, single).group;
    const two = enterGroup(one, 2, single).group;
    expect(enterGroup(two, 3, single)).toEqual({ group: { running: 1, pending: [3] }, cancelled: [2] });
  });

  it("cancels the running job where it is told to", () => {
    const one = enterGroup(emptyGroup, 1, single).group;
    expect(enterGroup(one, 2, { cancelInProgress: true, queue: "single" })).toEqual({
      group: { running: 1, pending: [2] },
      cancelled: [1],
    });
  });

  it("with queue max keeps a hundred pending jobs and refuses the next", () => {
    let group: Group = emptyGroup;
    for (let job = 0; job <= 100; job += 1) group = enterGroup(group, job, max).group;
    expect(group.pending).toHaveLength(100);
    expect(enterGroup(group, 101, max).cancelled).toEqual([101]);
  });

  it("never runs two, and with queue max runs everybody in order of arrival", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (arrivals) => {
        let group: Group = emptyGroup;
        let next = 0;
        const ran: number[] = [];
        const step = (after: Group): void => {
          if (after.running !== null && after.running !== group.running) ran.push(after.running);
          group = after;
        };
        for (const arrives of arrivals) {
          if (arrives) step(enterGroup(group, next++, max).group);
          else if (group.running !== null) step(leaveGroup(group, group.running));
        }
        while (group.running !== null) step(leaveGroup(group, group.running));
        expect(ran).toEqual(Array.from({ length: next }, (_, job) => job));
      }),
    );
  });
});

describe("filters of push", () => {
  it.each([
    ["**/reports/data/rounds/*.json", "src/lerobot/reports/data/rounds/0001.json", true],
    ["**/reports/data/rounds/*.json", "reports/data/rounds/0001.json", true],
    ["**/reports/data/rounds/*.json", "reports/data/rounds/old/0001.json", false],
    ["**/reports/data/rounds/*.json", "reports/data/rounds/0001.json.bak", false],
    ["docs/**", "docs/a/b.md", true],
    ["*.md", "docs/a.md", false],
  ])("%s on %s", (pattern, path, matches) => {
    expect(anyPathMatches([pattern], [path])).toBe(matches);
  });

  it("can take paths out again", () => {
    expect(anyPathMatches(["docs/**", "!docs/old/**"], ["docs/old/a.md"])).toBe(false);
  });

  it.each(["Round [skip ci]", "x\n\nskip-checks: true", "[Actions Skip] y"])("skip for %j", (message) => {
    expect(asksToSkip(message)).toBe(true);
  });

  it("do not skip for ordinary words", () => {
    expect(asksToSkip("skip the ci of run act_r0001")).toBe(false);
  });
});
