import type { Entries } from "./entry.ts";

/** What goes on, and why nothing does. */
export const statusTexts = {
  "status.heading": { en: "autoloop status", zh: "autoloop 状态" },
  "status.heartbeat": { en: "Last wake-up: {time}", zh: "上次唤醒：{time}" },
  "status.no-heartbeat": { en: "It has never woken up.", zh: "从未被唤醒。" },
  "status.no-loop": {
    en: "No loop works here at the moment; autoloop loop goes on where the last one was.",
    zh: "目前没有循环在此运行；autoloop loop 会从上次停止处继续。",
  },
  "status.no-rounds": { en: "There is no round yet.", zh: "还没有任何轮次。" },
  "status.round": { en: "Round {round}: {state}", zh: "第 {round} 轮：{state}" },
  "status.pull-request": { en: "pull request", zh: "PR" },
  "status.requests": { en: "What people asked for", zh: "人工请求" },
  "status.why": { en: "Why nothing goes on", zh: "为何没有进展" },

  "request.rerun": { en: "{time} {by}: train {names}", zh: "{time} {by}：训练 {names}" },
  "request.extended": {
    en: "{time} {by}: go on with {names} up to {steps} steps",
    zh: "{time} {by}：将 {names} 继续训练到 {steps} 步",
  },
  "request.stop-requested": { en: "{time} {by}: stop {names}", zh: "{time} {by}：停止 {names}" },
  "request.skipped": { en: "{time} {by}: never train {names}", zh: "{time} {by}：永不训练 {names}" },
  "request.paused": { en: "{time} {by}: pause", zh: "{time} {by}：暂停" },
  "request.resumed": { en: "{time} {by}: go on", zh: "{time} {by}：恢复" },
  "request.propose-requested": { en: "{time} {by}: propose a round", zh: "{time} {by}：提出新一轮" },

  "trial.next": { en: "attempt {attempt} follows", zh: "将进行第 {attempt} 次" },

  "round-state.proposed": { en: "proposed, waits for the merge", zh: "已提出，等待合并" },
  "round-state.approved": { en: "approved, waits for a GPU", zh: "已批准，等待 GPU" },
  "round-state.training": { en: "training", zh: "训练中" },
  "round-state.unfinished": { en: "not over yet", zh: "尚未结束" },
  "round-state.done": { en: "done", zh: "已完成" },
  "round-state.refused": { en: "refused", zh: "已拒绝" },

  "trial-state.waiting": { en: "waiting", zh: "等待中" },
  "trial-state.queued": { en: "queued", zh: "排队中" },
  "trial-state.running": { en: "running", zh: "运行中" },
  "trial-state.stopping": { en: "stopping", zh: "停止中" },
  "trial-state.skipped": { en: "skipped", zh: "已跳过" },
  "trial-state.finished": { en: "finished", zh: "完成" },
  "trial-state.invalid": { en: "invalid", zh: "无效" },
  "trial-state.stopped": { en: "stopped", zh: "被停止" },
  "trial-state.failed": { en: "failed", zh: "失败" },
  "trial-state.interrupted": { en: "interrupted", zh: "中断" },

  "obstacle.refused": {
    en: "The GPU box trains nothing of round {round} now: {why} It is asked again by itself after some minutes; /rerun asks at once.",
    zh: "GPU 机器目前无法训练第 {round} 轮：{why} 几分钟后会自动再试；用 /rerun 立即重试。",
  },
  "obstacle.needs-merge": {
    en: "Round {round} waits for its pull request to be merged.",
    zh: "第 {round} 轮等待其 PR 被合并。",
  },
  "obstacle.reverted": {
    en: "The merge of round {round} was undone: nothing more of it starts until its manifest is back.",
    zh: "第 {round} 轮的合并已被撤销：在清单恢复之前不会再启动其任何试验。",
  },
  "obstacle.paused": {
    en: "Paused by {by}; /resume ends the pause.",
    zh: "已被 {by} 暂停；用 /resume 恢复。",
  },
  "obstacle.outside-window": {
    en: "It is outside of the training hours {window}.",
    zh: "当前不在训练时段 {window} 内。",
  },
  "obstacle.budget-spent.night": {
    en: "The GPU-hours of this night are spent, by what trials took and by what those under way are expected to take.",
    zh: "今晚的 GPU 小时预算已用完（含进行中试验的预计用时）。",
  },
  "obstacle.budget-spent.all": {
    en: "The budget is spent, by what trials took and by what those under way are expected to take.",
    zh: "预算已用完（含进行中试验的预计用时）。",
  },
  "obstacle.budget-spent.rounds": {
    en: "The rounds of this night are begun; the next one waits for the next night.",
    zh: "今晚可开始的轮次已满；下一轮等到下一晚。",
  },
  "obstacle.budget-spent.campaign": {
    en: "The GPU-hours that a merge approved beforehand are spent.",
    zh: "合并时预先批准的 GPU 小时已用完。",
  },
  "obstacle.does-not-fit": {
    en: "The next trial would be stopped by the end of the training hours with nothing to resume from; it waits for the next ones.",
    zh: "下一个试验会在训练时段结束时被停止且没有检查点可恢复；它等待下一个时段。",
  },
  "obstacle.campaign-over": {
    en: "Trials of a round that was approved beforehand are left out, because that approval has ended; /rerun runs them all the same.",
    zh: "预先批准的轮次中有试验未运行，因为该批准已结束；/rerun 仍可运行它们。",
  },
  "obstacle.report-only": {
    en: "The settings say mode: {mode}, so nothing is trained.",
    zh: "设置为 mode: {mode}，因此不进行训练。",
  },
  "obstacle.waits-for-runner": {
    en: "{dispatch} waits for a runner that is free and online.",
    zh: "{dispatch} 正在等待空闲且在线的 runner。",
  },
  "obstacle.rests": {
    en: "Round {round} was cancelled and goes on by itself in a few minutes; /stop or /pause prevents it.",
    zh: "第 {round} 轮被取消，几分钟后会自动继续；用 /stop 或 /pause 阻止。",
  },
  "obstacle.needs-propose": {
    en: "Round {round} was closed without merge; /propose asks for another.",
    zh: "第 {round} 轮未合并即被关闭；用 /propose 要求新的一轮。",
  },
  "obstacle.nothing-to-gain": {
    en: "Nothing is left to gain by the rules: confirm the best with more seeds, train it longer, or stop.",
    zh: "按现有规则已无可改进：请用更多种子确认最佳配置、延长训练，或停止。",
  },
} as const satisfies Entries;
