import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BODY_LIMITS, fits } from "../../src/report/budget.ts";
import type { StatusReport } from "../../src/report/models.ts";
import { type Reply, renderReply } from "../../src/report/replies.ts";
import { renderStatusComment, STATUS_MARKER } from "../../src/report/status.ts";
import { COMMANDS } from "../../src/rounds/comment-command.ts";
import { dangers, hostile, sampleVoice } from "./samples.ts";

const en = (reply: Reply) => renderReply(reply, sampleVoice()).trimEnd();
const zh = (reply: Reply) => renderReply(reply, sampleVoice("zh")).trimEnd();

const status: StatusReport = {
  rounds: [
    {
      round: "0007",
      state: "training",
      pullRequest: "https://github.com/o/r/pull/7",
      trials: [
        {
          trial: "0007a-s42",
          attempt: 1,
          state: "running",
          step: 450,
          steps: 2000,
          evalL1: 0.33,
          device: "GPU-1",
          reason: null,
          next: null,
        },
        {
          trial: "0007b-s42",
          attempt: 2,
          state: "failed",
          step: null,
          steps: 2000,
          evalL1: null,
          device: null,
          reason: "out-of-memory",
          next: 3,
        },
      ],
    },
  ],
  obstacles: [{ kind: "paused", by: "ann" }],
  requests: [
    {
      at: "2026-01-05T00:59:07.000Z",
      by: "ann",
      what: "extended",
      names: ["0007a-s42"],
      steps: 10_000,
    },
  ],
  heartbeat: "2026-01-05T01:00:00Z",
};

describe("renderReply", () => {
  it("answers in sentences that say what to do", () => {
    expect(en({ kind: "merge-first", round: "0007" })).toBe(
      "Round 0007 is not merged, so there is nothing to train. Merge the pull request first: the merge is the approval.",
    );
    expect(en({ kind: "refused", user: "mallory", permission: "read" })).toBe(
      "`mallory` may not do this: it needs write permission on this repository, and GitHub reports `read`.",
    );
    expect(zh({ kind: "no-such-variant", round: "0007" })).toBe("第 0007 轮没有这个变体。");
    expect(en({ kind: "too-few-steps", limit: 2000 })).toBe(
      "Those trials have 2000 steps already; name a larger total.",
    );
    expect(en({ kind: "workflow-cancelled", dispatches: ["0007-deadbeef"] })).toContain("`0007-deadbeef`");
  });

  it("names the reason why nothing was launched, also one that it does not know", () => {
    expect(en({ kind: "not-launched", reason: "wrong-base" })).toBe(
      "Nothing of this round was launched: it was not merged into the default branch. Merge it there.",
    );
    expect(en({ kind: "not-launched", reason: "toString" })).toBe(
      "Nothing of this round was launched: `toString`",
    );
  });

  it.each([
    ...["no-campaign", "approval-gone", "follow-up-changed", "out-of-bounds"],
    ...["rounds-done", "hours-spent", "until-over", "no-gain", "superseded"],
  ])("says in both languages why a follow-up is refused: %s", (reason) => {
    const refused: Reply = { kind: "follow-up-refused", round: "0008", reason };
    expect(en(refused)).toMatch(/^Round 0008, which was to follow this one, is not launched: [a-z][^`]*\.$/);
    expect(zh(refused)).toMatch(/^本轮之后的第 0008 轮不会启动：[^`]*。$/);
  });

  it("names the files because of which a branch is left alone", () => {
    expect(en({ kind: "left-alone", paths: [".github/workflows/train.yml"] })).toContain(
      "this branch changes `.github/workflows/train.yml`",
    );
  });

  it("says which variants were dropped and why", () => {
    expect(
      en({
        kind: "dropped",
        variants: [
          { id: "0007a", because: "not-a-file", detail: "configs/a.json" },
          { id: "0007b", because: "not-launchable", detail: "batch_size is 12.0" },
        ],
      }),
    ).toBe(
      `As the files are, these variants are not trained, although the manifest names them:

- \`0007a\`: \`configs/a.json\` is not a plain file.

- \`0007b\`: the trainer would not accept it: batch\\_size is 12.0`.replace("batch\\_size", "batch_size"),
    );
  });

  it("helps with a list of the commands", () => {
    for (const { usage } of Object.values(COMMANDS)) expect(en({ kind: "help" })).toContain(`| \`${usage}\``);
    expect(en({ kind: "malformed", line: "/stpo" })).toMatch(
      /^`\/stpo` is not a command as they are written here:\n\n\| command/,
    );
  });

  it("is harmless whoever asked for whatever", () => {
    fc.assert(
      fc.property(hostile(), (word) => {
        const replies: readonly Reply[] = [
          { kind: "refused", user: word, permission: word },
          { kind: "malformed", line: word },
          { kind: "permission-unknown", user: word },
          { kind: "nothing-to-extend", variant: word },
          { kind: "workflow-cancelled", dispatches: [word, word] },
          { kind: "merge-first", round: word },
          { kind: "not-launched", reason: word },
          { kind: "follow-up-refused", round: word, reason: word },
          { kind: "left-alone", paths: [word, word] },
        ];
        for (const reply of replies) expect(dangers(en(reply))).toEqual([]);
      }),
    );
  });
});

describe("renderStatusComment", () => {
  it("is harmless whoever asked for whatever", () => {
    fc.assert(
      fc.property(hostile(), (word) => {
        const request = { at: word, by: word, what: "skipped", names: [word], steps: null } as const;
        const obstacles = [{ kind: "paused", by: word } as const];
        const body = renderStatusComment({ ...status, requests: [request], obstacles }, sampleVoice());
        expect(dangers(body.replace(STATUS_MARKER, ""))).toEqual([]);
      }),
    );
  });

  it("shows what goes on, and why nothing does", () => {
    expect(renderStatusComment(status, sampleVoice())).toBe(`<!-- autoloop:status -->

## autoloop status

**Round 0007: training** ([pull request](https://github.com/o/r/pull/7))

| trial                   | state                                       |     step | eval_l1 | device  |
| :---------------------- | :------------------------------------------ | -------: | ------: | :------ |
| \`0007a-s42\`             | running                                     | 450/2000 |    0.33 | \`GPU-1\` |
| \`0007b-s42\` (attempt 2) | failed (\`out-of-memory\`); attempt 3 follows |        – |       – | –       |

**Why nothing goes on**

- Paused by ann; /resume ends the pause.

**What people asked for**

- 2026-01-05T00:59Z ann: go on with 0007a-s42 up to 10000 steps

Last wake-up: 2026-01-05T01:00:00Z
`);
  });

  it("names a pull request by its number, which GitHub links by itself", () => {
    const rounds = status.rounds.map((round) => ({ ...round, pullRequest: "#7" }));
    expect(renderStatusComment({ ...status, rounds }, sampleVoice())).toContain("(pull request #7)");
    const strange = rounds.map((round) => ({ ...round, pullRequest: "#7 @ana" }));
    expect(dangers(renderStatusComment({ ...status, rounds: strange }, sampleVoice()))).toEqual(
      dangers(renderStatusComment(status, sampleVoice())),
    );
  });

  it("says so when nothing ever happened", () => {
    expect(
      renderStatusComment({ rounds: [], obstacles: [], requests: [], heartbeat: null }, sampleVoice("zh")),
    ).toContain("还没有任何轮次。\n\n从未被唤醒。");
  });

  it("fits into a comment, however long the reasons are", () => {
    const variants = Array.from({ length: 26 }, (_each, at) => ({
      id: `0007${String.fromCharCode(97 + at)}`,
      because: "not-launchable" as const,
      detail: "<@ana>".repeat(2000),
    }));
    const text = renderReply({ kind: "dropped", variants }, sampleVoice());
    expect(fits(text, BODY_LIMITS)).toBe(true);
    expect(text).toContain("Left out because of GitHub's size limit");
    expect(text.startsWith("As the files are")).toBe(true);
  });
});
