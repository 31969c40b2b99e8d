import type { Entries } from "./entry.ts";

/** The pull request of a round, and what is left out where a text would be too long. */
export const proposalTexts = {
  "proposal.summary.search": {
    en: "Round {round} tries new configurations. Variants: {variants}; controls and replicates: {controls}; trials: {trials}. Topic: {topic}",
    zh: "第 {round} 轮尝试新配置。变体：{variants}；对照与重复：{controls}；试验：{trials}。主题：{topic}",
  },
  "proposal.summary.seed": {
    en: "Round {round} is the seed round: the existing templates as they are, in the order of their priority. Templates: {variants}; trials: {trials}. Topic: {topic}",
    zh: "第 {round} 轮是种子轮：按优先顺序直接运行现有模板。模板：{variants}；试验：{trials}。主题：{topic}",
  },
  "proposal.cost": {
    en: "Cost: {hours} of device time are expected. Trials: {trials}",
    zh: "成本：预计占卡 {hours}。试验：{trials}",
  },
  "proposal.cost.unknown": {
    en: "Cost: the device time of a trial is not measured yet. Trials: {trials}",
    zh: "成本：单次试验的占卡时间尚未测得。试验：{trials}",
  },
  "proposal.merge": {
    en: "Merging is the approval: exactly the files as merged are trained on the GPU runner (trials: {trials}), and the results are appended to the report.",
    zh: "合并即批准：GPU 机器将严格按合并后的文件进行训练（试验：{trials}），结果会追加到报告中。",
  },
  "proposal.follow-up": {
    en: "Merging also approves further rounds, each trained without another merge: at most {rounds}, with at most {hours} of device time together, until {until}. They end after {patience} in a row without a gain beyond the noise. They may change these settings of the merged files within these bounds, and nothing else:",
    zh: "合并同时批准后续轮次，无需再次合并即可训练：最多 {rounds} 轮，总占卡不超过 {hours}，截止 {until}。连续 {patience} 轮没有超出噪声的改进即停止。只允许在下列范围内改动已合并文件的这些设置：",
  },
  "proposal.follow-up.change": {
    en: "To approve this round only, set follow_up to null in the manifest before merging; smaller numbers there narrow it, larger ones have no effect.",
    zh: "若只批准本轮，请在合并前把清单中的 follow_up 设为 null；改小数值可收窄范围，改大无效。",
  },
  "proposal.merge.propose": {
    en: "Merging is the approval: exactly the files as merged would be trained (trials: {trials}). The settings say mode: propose, so nothing is trained until they say mode: train.",
    zh: "合并即批准：将来严格按合并后的文件训练（试验：{trials}）。当前设置为 mode: propose，在改为 mode: train 之前不会训练任何内容。",
  },
  "proposal.merge.report": {
    en: "Merging is the approval: exactly the files as merged would be trained (trials: {trials}). The settings say mode: report, so nothing is trained until they say mode: train.",
    zh: "合并即批准：将来严格按合并后的文件训练（试验：{trials}）。当前设置为 mode: report，在改为 mode: train 之前不会训练任何内容。",
  },
  "proposal.summary.confirm": {
    en: "Round {round} tries nothing new: it trains known configurations at further seeds, so that the verdict on them can be believed. Configurations: {variants}; trials: {trials}. Topic: {topic}",
    zh: "第 {round} 轮不尝试新配置：用更多种子重新训练已知配置，以确认结论。配置：{variants}；试验：{trials}。主题：{topic}",
  },
  "proposal.edited": {
    en: "Edited by reviewer {by}. Difference from what was proposed:",
    zh: "已由审阅者 {by} 修改。与原提案的差异：",
  },
  "proposal.edited.unknown": { en: "Edited by reviewer.", zh: "已由审阅者修改。" },
  "proposal.edited.layout": {
    en: "Edited by reviewer {by}: only the layout of the file, no value.",
    zh: "已由审阅者 {by} 修改：仅文件排版变化，数值未变。",
  },
  "proposal.edited.mark": { en: "edited", zh: "已修改" },
  "proposal.change": {
    en: "To change a variant, edit its file in this branch before merging. To drop one, delete its entry from the manifest; delete its file only if this pull request adds it. Its name may stay: nothing is read out of names.",
    zh: "要修改某个变体，请在合并前于本分支编辑其文件。要去掉某个变体，请从清单文件中删除其条目；仅当该文件由本 PR 新增时才删除文件。文件名无需改动：程序不从文件名读取信息。",
  },
  "proposal.refuse": {
    en: "To refuse the whole round, close this pull request without merging: nothing is trained.",
    zh: "要拒绝整轮，请直接关闭本 PR 而不合并：不会训练任何内容。",
  },
  "proposal.parent": { en: "Parent: {parent}", zh: "父配置：{parent}" },
  "proposal.file": { en: "File: {file}", zh: "文件：{file}" },
  "proposal.reason": { en: "Reason: {reason}", zh: "理由：{reason}" },
  "proposal.difference": { en: "Difference from the parent:", zh: "与父配置的差异：" },
  "proposal.no-difference": { en: "No difference from the parent.", zh: "与父配置没有差异。" },
  "proposal.metrics": { en: "What the parent logged:", zh: "父配置的记录：" },
  "proposal.no-metrics": { en: "The parent has not been run yet.", zh: "父配置尚未运行过。" },
  "proposal.left-out": {
    en: "Left out because of GitHub's size limit: {names}. The manifest and the files in this pull request hold everything.",
    zh: "因 GitHub 长度限制而省略：{names}。清单文件与本 PR 中的文件包含全部内容。",
  },

  "part.pictures": { en: "pictures of {id}", zh: "{id} 的曲线图" },
  "part.metrics": { en: "parent metrics of {id}", zh: "{id} 的父配置指标" },
  "part.findings": { en: "findings behind {id}", zh: "{id} 的诊断依据" },
  "part.difference": { en: "difference of {id}", zh: "{id} 的差异" },
  "part.reason": { en: "reason of {id}", zh: "{id} 的理由" },
  "part.run": { en: "run {id}", zh: "run {id}" },
  "part.complaints": { en: "complaints about {id}", zh: "{id} 的报错" },

  "summary.left-out": {
    en: "Left out because a job summary may hold 1 MiB: {names}.",
    zh: "因作业摘要上限 1 MiB 而省略：{names}。",
  },
} as const satisfies Entries;
