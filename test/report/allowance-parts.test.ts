import { describe, expect, it } from "vitest";
import {
  budgetLines,
  campaignLines,
  costLines,
  followUpBlock,
  isLimited,
} from "../../src/report/allowance-parts.ts";
import { sourceOf } from "../../src/report/escape.ts";
import type { BudgetView, CampaignView } from "../../src/report/models.ts";
import { attemptList } from "../../src/report/round-parts.ts";
import { voiceIn } from "../../src/report/voice.ts";
import { manifest } from "./samples.ts";

const [en, zh] = [voiceIn("en"), voiceIn("zh")];
const budget: BudgetView = {
  tonight: { spent: 1.5, limit: 8 },
  inAll: { spent: 12, limit: null },
  rounds: { spent: 1, limit: 3 },
  hours: "22:00-08:00 Asia/Shanghai",
  nextOpening: "2026-01-05T14:00:00.000Z",
  hoursPerTrial: 0.5,
};
const campaign: CampaignView = {
  approving: "0004",
  place: 2,
  begun: 2,
  rounds: 3,
  hours: { spent: 2, limit: 12 },
  until: "2026-01-08T00:00:00.000Z",
  end: null,
};

describe("the budget", () => {
  it("is what was used of what may be used, and when training may begin", () => {
    expect(budgetLines(budget, en)).toEqual([
      "Device time tonight: 1.5 h of 8 h",
      "Device time in all: 12 h of no limit",
      "Rounds begun tonight: 1 of 3",
      "Training hours: 22:00-08:00 Asia/Shanghai; they begin again at 2026-01-05T14:00:00.000Z",
    ]);
  });

  it("is beside the cost of a round what is left of it, and nothing where nothing is limited", () => {
    expect(costLines(budget, en).slice(0, 2)).toEqual([
      "A trial of these steps held a device for 30 min (median so far)",
      "Of the budget are left: tonight 6.5 h, in all no limit",
    ]);
    const free: BudgetView = {
      tonight: { spent: 1, limit: null },
      inAll: { spent: 1, limit: null },
      rounds: { spent: 1, limit: null },
      hours: null,
      nextOpening: null,
      hoursPerTrial: null,
    };
    expect([costLines(free, en), isLimited(free)]).toEqual([[], false]);
  });
});

describe("rounds that one merge approved", () => {
  it("say which of them this is, and why no more follow", () => {
    expect(campaignLines(campaign, en)[0]).toBe(
      "Follow-up 2 of 3 that the merge of round 0004 approved beforehand.",
    );
    const ended = { ...campaign, end: "no-gain" };
    expect(campaignLines(ended, en).at(-1)).toContain("no gain beyond the noise");
    expect(campaignLines(ended, zh).at(-1)).toContain("没有超出噪声的改进");
    expect(campaignLines({ ...campaign, end: "something-new" }, en).at(-1)).toContain("something-new");
  });

  it("are printed for their reviewers with every bound", () => {
    const bounds = { "ot.loss_config.reg": { min: 0.1, max: 3 }, batch_size: { min: 4, max: 16 } };
    const text = sourceOf(
      followUpBlock({ rounds: 3, gpu_hours: 12, until: campaign.until, bounds, patience: 2 }, en),
    );
    expect(text).toContain("at most 3, with at most 12 h of device time together");
    expect(text).toMatch(/\| `ot.loss_config.reg` \| +0.1 \| +3 \|/);
    expect(text).toMatch(/\| `batch_size` +\| +4 \| +16 \|/);
  });
});

describe("the attempts of a round", () => {
  const attempt = {
    ...{ trial: "0002a-s42", of: 2, steps: 2000, deviceHours: 1 },
    ...{ attempt: 1, outcome: "interrupted" as const, reason: "cancelled", step: 1200, resumedFrom: null },
  };

  it("are told where a trial took more than one, each with its end and its beginning", () => {
    const attempts = [
      attempt,
      { ...attempt, attempt: 2, outcome: "finished" as const, reason: null, step: 2000, resumedFrom: 1200 },
      { ...attempt, trial: "0002b-s42", of: 1 },
    ];
    const list = attemptList(
      { manifest: manifest(), trials: [], record: [], next: [], reviewed: [], attempts },
      en,
    );
    expect(list && sourceOf(list).split("\n")).toEqual([
      "- `0002a-s42`, attempt 1 of 2: interrupted (`cancelled`), step 1200 of 2000",
      "- `0002a-s42`, attempt 2 of 2, resumed from step 1200: finished, step 2000 of 2000",
    ]);
  });

  it("say once what kept all of them from beginning", () => {
    const refused = { ...attempt, reason: "refused", step: null, refused: "Only 3 GB are free." };
    const attempts = [refused, { ...refused, attempt: 2 }, { ...refused, trial: "0002b-s42" }];
    const list = attemptList(
      { manifest: manifest(), trials: [], record: [], next: [], reviewed: [], attempts },
      en,
    );
    expect(list && sourceOf(list).split("\n")).toEqual([
      "- Only 3 GB are free.",
      "  - `0002a-s42`, attempt 1 of 2: interrupted (`refused`), step – of 2000",
      "  - `0002a-s42`, attempt 2 of 2: interrupted (`refused`), step – of 2000",
      "  - `0002b-s42`, attempt 1 of 2: interrupted (`refused`), step – of 2000",
    ]);
  });
});
