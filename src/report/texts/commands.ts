import type { Entries } from "./entry.ts";

/** What the commands in comments do. */
export const commandsTexts = {
  "command.status": {
    en: "brings the status comment up to date: what goes on, and why nothing does",
    zh: "更新状态评论：当前进展，以及为何没有进展",
  },
  "command.rerun": {
    en: "trains again, with the files as merged, what failed or was interrupted; what is named also if it finished; at seed N",
    zh: "按合并时的文件重新训练失败或中断的试验；指名的即使已完成也会重跑；可指定种子 N",
  },
  "command.stop": {
    en: "stops these trials, or all of the round; what waits does not begin, what was logged is kept",
    zh: "停止指定试验或整轮；等待中的不再启动，已记录的数据保留",
  },
  "command.extend": {
    en: "goes on with finished trials up to N steps in all",
    zh: "让已完成的试验继续训练到总共 N 步",
  },
  "command.seeds": {
    en: "trains the variant at the first N seeds (at most 10) where it was not yet",
    zh: "在前 N 个种子（最多 10 个）上补齐该变体的训练",
  },
  "command.skip": {
    en: "never trains or proposes this configuration; what runs goes on",
    zh: "永不训练或再次提出该配置；正在运行的继续",
  },
  "command.propose": {
    en: "asks for the next round, also after one was closed",
    zh: "要求提出下一轮，即使上一轮已被关闭",
  },
  "command.pause": {
    en: "begins no trial and proposes no round until /resume; what runs goes on",
    zh: "在 /resume 之前不启动试验、不提出新轮次；正在运行的继续",
  },
  "command.resume": { en: "ends the pause", zh: "结束暂停" },
  "command.help": { en: "this list", zh: "显示本列表" },
  "command.note": {
    en: "Commands stand alone on the first line of a comment and need write permission.",
    zh: "命令须单独写在评论第一行，并且需要写权限。",
  },
} as const satisfies Entries;
