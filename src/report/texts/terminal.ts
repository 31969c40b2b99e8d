import type { Entries } from "./entry.ts";

/** What commands say in a terminal. */
export const terminalTexts = {
  "check.fork": { en: "Checked as {fork} would accept it", zh: "按 {fork} 的要求检查" },
  "check.launches": { en: "launches", zh: "可启动" },
  "check.refused": { en: "would not launch", zh: "无法启动" },
  "check.error": { en: "error", zh: "错误" },
  "check.warning": { en: "warning", zh: "警告" },
  "check.whole-file": { en: "whole file", zh: "整个文件" },
  "check.same": { en: "same in {count} files", zh: "{count} 个文件相同" },
  "check.total": {
    en: "{launchable} of {files} files would launch.",
    zh: "{files} 个文件中有 {launchable} 个可启动。",
  },

  "fix.change": { en: "{path} {from} → {to}", zh: "{path} 由 {from} 改为 {to}" },
  "fix.removed": { en: "{path} {from} removed", zh: "已移除 {path} {from}" },
  "fix.byte-order-mark": { en: "byte order mark removed", zh: "已移除字节顺序标记" },
  "fix.present": { en: "is there already, as it would be written", zh: "已存在，内容与将写入的相同" },
  "fix.other": {
    en: "not written, for a file with other content stands there; move it away first",
    zh: "未写入：此处已有内容不同的文件，请先将其移走",
  },
  "fix.unwritable": {
    en: "could not be written: {why}",
    zh: "无法写入：{why}",
  },
  "fix.still-refused": { en: "still would not launch: {errors}", zh: "仍无法启动：{errors}" },

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

  "propose.no-results": {
    en: "All templates were proposed already and no trial was trained to its end, so there is nothing to base a round on.",
    zh: "所有模板都已提出过，但没有任何试验完成训练，因此没有可供下一轮依据的结果。",
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
  "loop.nothing-trained": {
    en: "No trial of round {round} was trained to its end. The reasons stand above and in the report. Once they are mended, the same command begins what failed once more.",
    zh: "第 {round} 轮没有任何试验完成训练。原因见上文和报告。排除后再次运行同一命令，会重新开始失败的试验。",
  },
  "loop.stopped": {
    en: "Stopped. The same command goes on where this one was.",
    zh: "已停止。再次运行同一命令会从此处继续。",
  },

  "prune.state": { en: "Checkpoints in {folder}", zh: "检查点目录：{folder}" },
  "prune.no-rounds": {
    en: "This repository has no rounds yet, so nothing of it is kept on this machine.",
    zh: "此仓库还没有任何轮次，本机没有保存相关内容。",
  },
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
} as const satisfies Entries;
