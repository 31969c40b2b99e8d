import type { Language } from "../judgement/texts.ts";

type Entry = Readonly<Record<Language, string>>;

/** Every sentence that the report says itself. `{blanks}` are filled by voice.ts; the words hold no Markdown. */
export const catalogue = {
  "document.title": { en: "ACT+OT experiment report", zh: "ACT+OT 实验报告" },

  "analysis.heading": { en: "autoloop analysis: {topic} ({date})", zh: "自动分析：{topic} ({date})" },
  "analysis.source": { en: "Source: {source}", zh: "数据来源：{source}" },
  "analysis.rules.plan": {
    en: "Rule set: plan (the thresholds of the plan)",
    zh: "规则集：plan（计划中的阈值）",
  },
  "analysis.rules.calibrated": {
    en: "Rule set: calibrated (thresholds corrected by what past rounds showed)",
    zh: "规则集：calibrated（已按以往实验结果校准的阈值）",
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

  "column.metric": { en: "metric", zh: "指标" },
  "column.first": { en: "first", zh: "首值" },
  "column.last": { en: "last", zh: "末值" },
  "column.best": { en: "best@step", zh: "最优@步" },
  "column.delta": { en: "Δ", zh: "Δ" },
  "column.percent": { en: "%", zh: "%" },
  "column.run": { en: "run", zh: "run" },
  "column.steps": { en: "steps", zh: "步数" },
  "column.findings": { en: "findings", zh: "诊断" },
  "column.variant": { en: "variant", zh: "变体" },
  "column.trial": { en: "trial", zh: "试验" },
  "column.outcome": { en: "outcome", zh: "结果" },
  "column.device-time": { en: "device time", zh: "占卡时间" },
  "column.against": { en: "compared with", zh: "对比对象" },
  "column.noise": { en: "noise floor", zh: "噪声下限" },
  "column.verdict": { en: "verdict", zh: "结论" },
  "column.predicted": { en: "predicted", zh: "预测" },
  "column.observed": { en: "observed", zh: "实测" },
  "column.file": { en: "file", zh: "文件" },
  "column.signal": { en: "change", zh: "改动" },
  "column.seeds": { en: "seeds", zh: "种子" },
  "column.temperature": { en: "T", zh: "T" },
  "column.launchable": { en: "launches", zh: "可启动" },
  "column.state": { en: "state", zh: "状态" },
  "column.progress": { en: "step", zh: "步" },
  "column.device": { en: "device", zh: "设备" },
  "column.setting": { en: "setting", zh: "设置项" },
  "column.least": { en: "least", zh: "最小" },
  "column.greatest": { en: "greatest", zh: "最大" },
  "column.command": { en: "command", zh: "命令" },
  "column.attempts": { en: "attempts", zh: "尝试" },
  "column.size": { en: "size", zh: "大小" },
  "column.reason": { en: "why", zh: "原因" },
  "column.folder": { en: "folder", zh: "目录" },
  "column.effect": { en: "what it does", zh: "作用" },

  "heading.overview": { en: "Overview", zh: "概览" },
  "heading.findings": { en: "Findings", zh: "诊断" },
  "heading.actions": { en: "Recommended actions", zh: "建议动作" },
  "heading.tried": { en: "What was tried", zh: "尝试内容" },
  "heading.outcomes": { en: "Outcomes", zh: "试验结果" },
  "heading.unfinished": { en: "What did not finish", zh: "未正常完成" },
  "heading.attempts": { en: "Every attempt", zh: "每次尝试" },
  "heading.comparisons": { en: "Comparisons", zh: "对比" },
  "heading.predictions": { en: "Prediction and observation", zh: "预测与实测" },
  "heading.next": { en: "Next steps", zh: "下一步" },
  "heading.cost": { en: "Cost and noise", zh: "成本与噪声" },
  "heading.merge": { en: "What merging does", zh: "合并意味着什么" },
  "heading.change": { en: "How to change or refuse it", zh: "如何修改或拒绝" },
  "heading.commands": { en: "Commands", zh: "评论命令" },
  "heading.details": { en: "Why each variant exists", zh: "每个变体的理由" },
  "heading.refusals": { en: "What the trainer would complain about", zh: "训练器会指出的问题" },
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
    en: "Predicted {metric}: {value}, certified to lie in {low} … {high}",
    zh: "预测 {metric}：{value}，必在 {low} … {high} 之间（有证明的界）",
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
  yes: { en: "yes", zh: "是" },
  no: { en: "no", zh: "否" },

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

  "reply.merge-first": {
    en: "Round {round} is not merged, so there is nothing to train. Merge the pull request first: the merge is the approval.",
    zh: "第 {round} 轮尚未合并，没有可训练的内容。请先合并 PR：合并即批准。",
  },
  "reply.refused": {
    en: "{user} may not do this: it needs write permission on this repository, and GitHub reports {permission}.",
    zh: "{user} 无权执行此操作：需要本仓库的写权限，而 GitHub 返回的权限为 {permission}。",
  },
  "reply.not-launched": {
    en: "Nothing of this round was launched: {reason}",
    zh: "本轮没有启动任何训练：{reason}",
  },
  "refusal.no-pull-request": {
    en: "its manifest did not come in by a merged pull request. Merge one from the round's own branch.",
    zh: "清单文件不是通过合并 PR 进入的。请从该轮自己的分支合并 PR。",
  },
  "refusal.foreign-pull-request": {
    en: "its pull request came from another repository. Nothing from a fork is trained.",
    zh: "该 PR 来自其他仓库。不会训练来自 fork 的任何内容。",
  },
  "refusal.wrong-base": {
    en: "it was not merged into the default branch. Merge it there.",
    zh: "它没有合并到默认分支。请合并到默认分支。",
  },
  "refusal.merger-unknown": {
    en: "GitHub does not say who merged it.",
    zh: "GitHub 没有给出合并者。",
  },
  "refusal.merger-is-a-program": {
    en: "a program merged it (an app, a workflow or a merge queue), and a program approves nothing. Let a person with write permission merge the next round.",
    zh: "合并者是程序（应用、工作流或合并队列），程序无权批准。请由有写权限的人员合并下一轮。",
  },
  "refusal.reverted": {
    en: "its merge was undone before anything was launched.",
    zh: "其合并在启动之前已被撤销。",
  },
  "refusal.merger-without-write": {
    en: "who merged it has no write permission on this repository.",
    zh: "合并者没有本仓库的写权限。",
  },
  "refusal.merge-not-on-default-branch": {
    en: "its merge commit is not in the history of the default branch.",
    zh: "其合并提交不在默认分支的历史中。",
  },
  "refusal.manifest-missing": {
    en: "the merge does not contain the manifest.",
    zh: "合并结果中没有清单文件。",
  },
  "refusal.manifest-invalid": {
    en: "the manifest as merged cannot be read.",
    zh: "合并后的清单文件无法读取。",
  },
  "refusal.nothing-left": {
    en: "no variant that the trainer would accept is left in it.",
    zh: "其中没有剩下训练器可接受的变体。",
  },
  "reply.cannot-launch": {
    en: "As this branch is now, merging it would launch nothing: {reason}",
    zh: "按本分支当前内容，合并后不会启动任何训练：{reason}",
  },
  "reply.dropped": {
    en: "As the files are, these variants are not trained, although the manifest names them:",
    zh: "按当前文件，以下变体虽在清单中，但不会训练：",
  },
  "dropped.removed": { en: "{id}: its file was removed ({detail}).", zh: "{id}：文件已被删除（{detail}）。" },
  "dropped.not-a-file": { en: "{id}: {detail} is not a plain file.", zh: "{id}：{detail} 不是普通文件。" },
  "dropped.not-act-ot": {
    en: "{id}: rounds train ACT policies with OT only, and {detail}.",
    zh: "{id}：各轮只训练启用 OT 的 ACT 策略，而 {detail}。",
  },
  "dropped.not-launchable": {
    en: "{id}: the trainer would not accept it: {detail}",
    zh: "{id}：训练器不会接受：{detail}",
  },
  "reply.permission-unknown": {
    en: "GitHub did not say what {user} may do here, so nothing was done. Write the command again in a while.",
    zh: "GitHub 没有给出 {user} 的权限，因此未执行任何操作。请稍后重新评论该命令。",
  },
  "reply.malformed": {
    en: "{command} is not a command as they are written here:",
    zh: "{command} 不是有效的命令。可用命令：",
  },
  "reply.no-such-variant": {
    en: "Round {round} has no such variant.",
    zh: "第 {round} 轮没有这个变体。",
  },
  "reply.nothing-to-rerun": {
    en: "There is nothing to run again in round {round}: no merged trial of that name has ended. What finished, was stopped or ended invalid has to be named.",
    zh: "第 {round} 轮没有可重新运行的试验：没有符合名称且已结束的试验。已完成、被停止或无效的试验须指名。",
  },
  "reply.nothing-to-stop": {
    en: "Nothing of that name runs or waits, so there is nothing to stop.",
    zh: "没有符合名称且正在运行或等待的试验可以停止。",
  },
  "reply.nothing-to-extend": {
    en: "No trial of {variant} has finished, so there is nothing to go on with.",
    zh: "{variant} 没有已完成的试验，无法继续训练。",
  },
  "reply.too-few-steps": {
    en: "Those trials have {limit} steps already; name a larger total.",
    zh: "这些试验已有 {limit} 步；请指定更大的总步数。",
  },
  "reply.too-many-steps": {
    en: "A trial of this round may be extended to {limit} steps at most.",
    zh: "本轮的试验最多可延长到 {limit} 步。",
  },
  "reply.has-seeds": {
    en: "{variant} has its first {count} seeds already; name a larger number.",
    zh: "{variant} 已有前 {count} 个种子；请指定更大的数。",
  },
  "reply.already-skipped": {
    en: "{variant} is skipped already.",
    zh: "{variant} 已被跳过。",
  },
  "reply.is-skipped": {
    en: "{variant} was skipped for good, so it is not trained.",
    zh: "{variant} 已被永久跳过，不会训练。",
  },
  "reply.round-open": {
    en: "Round {round} is still open; merge or close its pull request first.",
    zh: "第 {round} 轮仍未关闭；请先合并或关闭其 PR。",
  },
  "reply.already-paused": { en: "It is paused already.", zh: "已处于暂停状态。" },
  "reply.not-paused": { en: "It is not paused.", zh: "当前没有暂停。" },
  "reply.workflow-cancelled": {
    en: "The workflow run of {dispatches} was cancelled, because it cannot hear a stop: it has not begun, or its token has expired. Trials of it that nobody stopped go on by themselves in a later one.",
    zh: "已取消 {dispatches} 的工作流运行，因为它无法收到停止请求：尚未开始，或其令牌已过期。其中未被要求停止的试验会在之后自动继续。",
  },

  "status.heading": { en: "autoloop status", zh: "autoloop 状态" },
  "status.heartbeat": { en: "Last wake-up: {time}", zh: "上次唤醒：{time}" },
  "status.no-heartbeat": { en: "It has never woken up.", zh: "从未被唤醒。" },
  "status.no-rounds": { en: "There is no round yet.", zh: "还没有任何轮次。" },
  "status.round": { en: "Round {round}: {state}", zh: "第 {round} 轮：{state}" },
  "status.pull-request": { en: "pull request", zh: "PR" },
  "status.requests": { en: "What people asked for", zh: "人工请求" },
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
  "status.why": { en: "Why nothing goes on", zh: "为何没有进展" },
  "round-state.proposed": { en: "proposed, waits for the merge", zh: "已提出，等待合并" },
  "round-state.approved": { en: "approved, waits for a GPU", zh: "已批准，等待 GPU" },
  "round-state.training": { en: "training", zh: "训练中" },
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
    en: "The GPU-hours of this night are spent.",
    zh: "今晚的 GPU 小时预算已用完。",
  },
  "obstacle.budget-spent.all": { en: "The budget is spent.", zh: "预算已用完。" },
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
  "campaign.end.protected": {
    en: "No more follow: the default branch takes no commits of the loop, so each round needs a merge.",
    zh: "不再有后续：默认分支不接受循环的提交，每一轮都需要合并。",
  },
  "campaign.end.other": { en: "No more follow: {reason}", zh: "不再有后续：{reason}" },
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

  "reply.shortened": {
    en: "Left out because of GitHub's size limit: the rest of this list.",
    zh: "因 GitHub 长度限制，列表其余部分已省略。",
  },

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

  "check.fork": { en: "Checked as {fork} would accept it", zh: "按 {fork} 的要求检查" },
  "check.launches": { en: "launches", zh: "可启动" },
  "check.refused": { en: "would not launch", zh: "无法启动" },
  "check.error": { en: "error", zh: "错误" },
  "check.warning": { en: "warning", zh: "警告" },
  "check.whole-file": { en: "whole file", zh: "整个文件" },
  "check.total": {
    en: "{launchable} of {files} files would launch.",
    zh: "{files} 个文件中有 {launchable} 个可启动。",
  },
  "append.written": { en: "Written: {files}", zh: "已写入：{files}" },
  "append.unchanged": {
    en: "{file} has this analysis already; nothing was written.",
    zh: "{file} 中已有此分析，未写入任何内容。",
  },
  "propose.opened": { en: "Round {round} is proposed: {url}", zh: "已提出第 {round} 轮：{url}" },
  "propose.already-open": {
    en: "Round {round} is still open; merge or close its pull request first.",
    zh: "第 {round} 轮仍未关闭；请先合并或关闭其 PR。",
  },
  "propose.nothing-to-gain": {
    en: "Nothing is left to gain by the rules: confirm the best with more seeds, train it longer, or stop.",
    zh: "按现有规则已无可改进：请用更多种子确认最佳配置、延长训练，或停止。",
  },
  "propose.no-templates": {
    en: "No template was found that the trainer would accept; autoloop check says why.",
    zh: "没有找到训练器可接受的模板；autoloop check 会说明原因。",
  },
  "loop.done": {
    en: "The ledger holds the {rounds} rounds that were asked for; a higher --rounds goes on.",
    zh: "账本中已有要求的 {rounds} 轮；增大 --rounds 可继续。",
  },
  "loop.awaits-merge": {
    en: "Round {round} is on the branch {branch}; nothing of it is trained before it is merged.\n  see it     git diff {base}...{branch}\n  let it in  git merge --no-ff {branch}, then autoloop loop --rounds {rounds}\n             (or autoloop loop --rounds {rounds} --yes, which merges by itself)\n  refuse it  git branch -D {branch}",
    zh: "第 {round} 轮在分支 {branch} 上；合并之前不会训练其中任何内容。\n  查看  git diff {base}...{branch}\n  批准  git merge --no-ff {branch}，然后 autoloop loop --rounds {rounds}\n        （或 autoloop loop --rounds {rounds} --yes，自动合并）\n  拒绝  git branch -D {branch}",
  },
  "loop.time-over": {
    en: "The time of this call is over. The same command goes on where this one was.",
    zh: "本次运行的时间已到。再次运行同一命令会从此处继续。",
  },
  "loop.stopped": {
    en: "Stopped. The same command goes on where this one was.",
    zh: "已停止。再次运行同一命令会从此处继续。",
  },
  "prune.state": { en: "Checkpoints in {folder}", zh: "检查点目录：{folder}" },
  "prune.going": { en: "Can go", zh: "可以删除" },
  "prune.kept": { en: "Kept", zh: "保留" },
  "prune.nothing": { en: "Nothing can go.", zh: "没有可删除的内容。" },
  "prune.would-remove": {
    en: "{size} can go (folders: {folders}); autoloop prune --yes removes them. Logs, outcomes and W&B files stay.",
    zh: "{folders} 个目录（{size}）可以删除；autoloop prune --yes 会执行删除。日志、结果和 W&B 文件都会保留。",
  },
  "prune.removed": {
    en: "{size} were removed (folders: {folders}).",
    zh: "已删除 {folders} 个目录，共 {size}。",
  },
  "prune.busy": {
    en: "The others are in use by now and stay.",
    zh: "其余目录此时正在使用，予以保留。",
  },
  "retention.open": { en: "it trains, or is about to", zh: "正在或即将训练" },
  "retention.resumable": { en: "it can be gone on with", zh: "可以继续训练" },
  "retention.extendable": { en: "of the newest round, may be extended", zh: "属于最新一轮，可能延长训练" },
  "retention.leader": { en: "among the best at its seed and steps", zh: "同种子同步数中的最优之一" },
  "retention.parent": { en: "a variant was derived from it", zh: "有变体由其派生" },
  "retention.unknown": { en: "the ledger does not know it", zh: "账本中没有记录" },
  "retention.invalid": { en: "it ended invalid", zh: "结果无效" },
  "retention.given-up": { en: "cut short, and its round is over", zh: "中途终止，且该轮已结束" },
  "retention.outdone": { en: "others were better", zh: "已有更好的试验" },
  "summary.left-out": {
    en: "Left out because a job summary may hold 1 MiB: {names}.",
    zh: "因作业摘要上限 1 MiB 而省略：{names}。",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export type PhraseKey = keyof typeof catalogue;
