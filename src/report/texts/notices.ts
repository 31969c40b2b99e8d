import type { Entries } from "./entry.ts";

/** What GitHub and the chat show beside comments: checks, notices, the report's own pull request. */
export const noticesTexts = {
  "check.round.waiting": { en: "Round {round} waits for its merge", zh: "第 {round} 轮等待合并" },
  "check.round.broken": {
    en: "Round {round}: variants that would not be trained: {count}",
    zh: "第 {round} 轮：有 {count} 个变体不会被训练",
  },
  "check.round.training": {
    en: "Round {round}: {ended} of {trials} trials have ended",
    zh: "第 {round} 轮：{trials} 个试验中已结束 {ended} 个",
  },
  "check.round.done": {
    en: "Round {round}: {finished} of {trials} trials finished",
    zh: "第 {round} 轮：{trials} 个试验中完成 {finished} 个",
  },

  "check.trial": { en: "{trial}: {outcome}", zh: "{trial}：{outcome}" },
  "check.trial.detail": {
    en: "attempt {attempt}, {steps} steps, {hours} of device time, reason: {reason}",
    zh: "第 {attempt} 次，{steps} 步，占卡 {hours}，原因：{reason}",
  },

  "notice.opened": {
    en: "autoloop {repository}: round {round} is open for review: {url}",
    zh: "autoloop {repository}：第 {round} 轮等待审阅：{url}",
  },
  "notice.ended": {
    en: "autoloop {repository}: round {round} has ended, {finished} of {trials} trials finished: {url}",
    zh: "autoloop {repository}：第 {round} 轮已结束，{trials} 个试验中完成 {finished} 个：{url}",
  },
  "notice.failed": {
    en: "autoloop {repository}: {trial} failed {times} times in a row ({reason}): {url}",
    zh: "autoloop {repository}：{trial} 连续失败 {times} 次（{reason}）：{url}",
  },
  "notice.paused": {
    en: "autoloop {repository}: paused by {by}",
    zh: "autoloop {repository}：已被 {by} 暂停",
  },

  "report-pull.title": { en: "autoloop report", zh: "autoloop report" },
  "report-pull.body": {
    en: "Sections of the experiment report that wait for the default branch, which does not take commits without a pull request. Merging adds them to the report; it trains nothing. To go on like this without the attempt to commit first, set report.via: pull-request.",
    zh: "以下报告章节等待进入默认分支（该分支不接受未经 PR 的提交）。合并只会将其加入报告，不会训练任何内容。若希望以后直接走 PR，请设置 report.via: pull-request。",
  },
} as const satisfies Entries;
