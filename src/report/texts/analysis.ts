import type { Entries } from "./entry.ts";

/** One analysis in the report: runs, findings, recommended edits and what they predict. */
export const analysisTexts = {
  "document.title": { en: "ACT+OT experiment report", zh: "ACT+OT 实验报告" },

  "analysis.heading": { en: "autoloop analysis: {topic} ({date})", zh: "自动分析：{topic} ({date})" },
  "analysis.source": { en: "Source: {source}", zh: "数据来源：{source}" },
  "analysis.rules.plan": {
    en: "Rule set: plan (the fixed steps of the plan)",
    zh: "规则集：plan（计划中的固定步长）",
  },
  "analysis.rules.calibrated": {
    en: "Rule set: calibrated (steps computed from the logged numbers)",
    zh: "规则集：calibrated（按记录的数值计算步长）",
  },
  "analysis.no-runs": { en: "No runs were found.", zh: "没有找到任何 run。" },
  "analysis.note": { en: "Note: {text}", zh: "注意：{text}" },

  "run.link": { en: "Link: {link}", zh: "链接：{link}" },
  "run.extent": {
    en: "State: {state}; {rows} rows up to step {steps}",
    zh: "状态：{state}；{rows} 行，至第 {steps} 步",
  },
  "run.extent.rows": { en: "State: {state}; {rows} rows", zh: "状态：{state}；{rows} 行" },
  "run.no-metrics": { en: "None of the key metrics was logged.", zh: "未记录任何关键指标。" },
  "run.no-findings": { en: "Nothing to remark.", zh: "没有需要指出的问题。" },
  "run.no-actions": { en: "No change is recommended.", zh: "不建议改动。" },

  "state.finished": { en: "finished", zh: "已完成" },
  "state.running": { en: "running", zh: "运行中" },
  "state.failed": { en: "failed", zh: "失败" },
  "state.crashed": { en: "crashed", zh: "崩溃" },
  "state.killed": { en: "killed", zh: "被终止" },
  "state.unknown": { en: "unknown", zh: "未知" },

  "severity.problem": { en: "problem", zh: "问题" },
  "severity.warning": { en: "warning", zh: "警告" },
  "severity.note": { en: "note", zh: "说明" },
  "severity.good": { en: "good", zh: "良好" },

  "confidence.low": { en: "low confidence", zh: "置信度低" },
  "confidence.medium": { en: "medium confidence", zh: "置信度中" },
  "confidence.high": { en: "high confidence", zh: "置信度高" },

  "evidence.window": { en: "steps {from}–{to}", zh: "第 {from}–{to} 步" },
  "evidence.points": { en: "{points} points", zh: "{points} 个点" },
  "evidence.line": { en: "Evidence: {evidence}", zh: "依据：{evidence}" },

  "edit.change": { en: "{path}: {from} → {to}", zh: "{path}：{from} → {to}" },
  "edit.scaled": { en: "{path}: {from} → {to} (×{value})", zh: "{path}：{from} → {to}（×{value}）" },
  "edit.removed": { en: "{path}: {from} → removed", zh: "{path}：{from} → 删除" },

  "prediction.certified": {
    en: "Predicted {metric}: {value}, certain to lie in {low} … {high} while pairs cost what was logged",
    zh: "预测 {metric}：{value}；只要样本对的代价如所记录，必在 {low} … {high} 之间（有证明）",
  },
  "prediction.estimated": {
    en: "Predicted {metric}: {value}, estimated range {low} … {high}",
    zh: "预测 {metric}：{value}，估计范围 {low} … {high}",
  },
  "prediction.none": { en: "No number is predicted.", zh: "没有数值预测。" },
  "prediction.range": { en: "{value} ({low} … {high})", zh: "{value} ({low} … {high})" },
  "prediction.observed": { en: "{value} ± {margin}", zh: "{value} ± {margin}" },
  "prediction.inside": { en: "as predicted", zh: "符合预测" },
  "prediction.outside": { en: "not as predicted", zh: "不符合预测" },
  "prediction.unknown": { en: "not observed", zh: "未观测到" },
} as const satisfies Entries;
