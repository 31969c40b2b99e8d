import type { Entries } from "./entry.ts";

/** Budget and hours, and rounds that one merge approved beforehand. */
export const allowanceTexts = {
  "budget.tonight": { en: "Device time tonight: {spent} of {limit}", zh: "今晚占卡：{spent} / {limit}" },
  "budget.in-all": { en: "Device time in all: {spent} of {limit}", zh: "累计占卡：{spent} / {limit}" },
  "budget.rounds": {
    en: "Rounds begun tonight: {spent} of {limit}",
    zh: "今晚已开始轮次：{spent} / {limit}",
  },
  "budget.unlimited": { en: "no limit", zh: "无上限" },
  "budget.hours": { en: "Training hours: {hours}", zh: "训练时段：{hours}" },
  "budget.next-opening": {
    en: "Training hours: {hours}; they begin again at {time}",
    zh: "训练时段：{hours}；下次开始于 {time}",
  },
  "budget.left": {
    en: "Of the budget are left: tonight {tonight}, in all {inAll}",
    zh: "预算剩余：今晚 {tonight}，总计 {inAll}",
  },
  "budget.per-trial": {
    en: "A trial of these steps held a device for {hours} (median so far)",
    zh: "同样步数的试验占卡 {hours}（目前的中位数）",
  },

  "campaign.of": {
    en: "Follow-up {place} of {rounds} that the merge of round {approving} approved beforehand.",
    zh: "第 {approving} 轮合并时预先批准的后续轮次：第 {place} / {rounds} 轮。",
  },
  "campaign.approving": {
    en: "Its merge approved up to {rounds} further rounds; begun: {begun}.",
    zh: "其合并预先批准了最多 {rounds} 个后续轮次；已开始：{begun}。",
  },
  "campaign.used": {
    en: "Device time of the follow-up rounds: {spent} of {limit}; until {until}",
    zh: "后续轮次占卡：{spent} / {limit}；截止 {until}",
  },
  "campaign.end.rounds-done": {
    en: "No more follow: all approved rounds were begun.",
    zh: "不再有后续：批准的轮次均已开始。",
  },
  "campaign.end.hours-spent": {
    en: "No more follow: the approved GPU-hours are spent.",
    zh: "不再有后续：批准的 GPU 小时已用完。",
  },
  "campaign.end.until-over": {
    en: "No more follow: the approved time is over.",
    zh: "不再有后续：批准的期限已过。",
  },
  "campaign.end.no-gain": {
    en: "No more follow: the last ones brought no gain beyond the noise.",
    zh: "不再有后续：最近几轮没有超出噪声的改进。",
  },
  "campaign.end.superseded": {
    en: "No more follow: a later round was merged.",
    zh: "不再有后续：之后的轮次已合并。",
  },
  "campaign.end.nothing-to-gain": {
    en: "No more follow: nothing is left to try inside the approved bounds.",
    zh: "不再有后续：批准范围内已无可尝试的改动。",
  },
  "campaign.end.approval-gone": {
    en: "No more follow: the merge that approved them is not on the default branch as it was.",
    zh: "不再有后续：批准它们的合并已不在默认分支上或已改变。",
  },
  "campaign.end.branch-protected": {
    en: "No more follow: the default branch takes no commits, so the next rounds have to be merged.",
    zh: "不再有后续：默认分支不接受直接提交，之后的轮次需要通过 PR 合并。",
  },
  "campaign.end.other": { en: "No more follow: {reason}", zh: "不再有后续：{reason}" },
} as const satisfies Entries;
