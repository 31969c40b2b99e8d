import type { Entries } from "./entry.ts";

/** What a round brought. */
export const roundTexts = {
  "round.heading": {
    en: "autoloop round {round}: results ({date})",
    zh: "自动实验轮次 {round}：结果 ({date})",
  },
  "round.topic": { en: "Topic: {topic}", zh: "主题：{topic}" },
  "round.trainer": {
    en: "Trainer: {fork}, {steps} steps, evaluation every {eval} steps, log every {log} steps",
    zh: "训练器：{fork}，{steps} 步，每 {eval} 步评估，每 {log} 步记录",
  },
  "round.device-time": { en: "Device time used: {hours}", zh: "实际占卡时间：{hours}" },
  "round.replicate": { en: "replicate", zh: "重复" },
  "round.control": { en: "control", zh: "对照" },
  "round.noise": {
    en: "Noise floor of eval L1: differences below {equal} at equal seed, or below {between} between single runs of two seeds, count as noise.",
    zh: "eval L1 的噪声下限：同种子差异小于 {equal}、不同种子的单次运行差异小于 {between}，均视为噪声。",
  },
  "round.open": { en: "not ended", zh: "未结束" },
  "round.attempt": { en: "attempt {attempt}", zh: "第 {attempt} 次" },
  "round.steps": { en: "{steps} steps", zh: "{steps} 步" },
  "round.resumed": { en: "resumed from step {step}", zh: "自第 {step} 步恢复" },
  "round.attempt-of": { en: "attempt {attempt} of {of}", zh: "第 {attempt} / {of} 次" },
  "round.attempt-end": { en: "{outcome}, step {step} of {steps}", zh: "{outcome}，第 {step} / {steps} 步" },
  "round.ended": { en: "{trial}: {outcome} ({reason})", zh: "{trial}：{outcome}（{reason}）" },
  "round.ended-at": {
    en: "{trial}: {outcome} ({reason}) at step {step}",
    zh: "{trial}：第 {step} 步{outcome}（{reason}）",
  },
  "round.no-log": { en: "It left no log line.", zh: "没有留下日志。" },
  "round.no-findings": {
    en: "There are no curves of this attempt to judge.",
    zh: "这次尝试没有可供判断的曲线。",
  },
  "round.reviewed": { en: "Edited by reviewer before the merge:", zh: "合并前由审阅者修改：" },
  "round.reviewed.unknown": {
    en: "Edited by reviewer before the merge; what it was is not known any more.",
    zh: "合并前由审阅者修改；原内容已无法得知。",
  },

  "outcome.finished": { en: "finished", zh: "完成" },
  "outcome.invalid": { en: "invalid", zh: "无效" },
  "outcome.stopped": { en: "stopped", zh: "被停止" },
  "outcome.failed": { en: "failed", zh: "失败" },
  "outcome.interrupted": { en: "interrupted", zh: "中断" },

  "comparison.noise": { en: "inside the noise", zh: "在噪声之内" },
  "comparison.better": { en: "better", zh: "更好" },
  "comparison.worse": { en: "worse", zh: "更差" },
  "comparison.up-to": {
    en: "{verdict} up to step {step}, the last evaluation that both have",
    zh: "截至第 {step} 步（双方共有的最后一次评估）{verdict}",
  },
  "comparison.none": {
    en: "Compared with nothing: {trials}. What is invalid, failed or interrupted is no measure; what was stopped is compared up to there, once both have enough evaluations for a running mean.",
    zh: "未作对比：{trials}。无效、失败或中断的试验不能作为衡量依据；被停止的试验只比较到停止处，且双方的评估次数须足以计算滑动均值。",
  },
} as const satisfies Entries;
