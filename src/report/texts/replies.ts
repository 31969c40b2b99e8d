import type { Entries } from "./entry.ts";

/** Answers to comments, and why something is not launched. */
export const repliesTexts = {
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
  "reply.follow-up-refused": {
    en: "Round {round}, which was to follow this one, is not launched: {reason}",
    zh: "本轮之后的第 {round} 轮不会启动：{reason}",
  },
  "reply.cannot-launch": {
    en: "As this branch is now, merging it would launch nothing: {reason}",
    zh: "按本分支当前内容，合并后不会启动任何训练：{reason}",
  },
  "reply.dropped": {
    en: "As the files are, these variants are not trained, although the manifest names them:",
    zh: "按当前文件，以下变体虽在清单中，但不会训练：",
  },
  "reply.left-alone": {
    en: "The default branch has moved on, but this branch changes {paths}: the repository runs what lies there, or it cannot be written by autoloop (a link, an executable file, a submodule, a path with a backslash or a control character). So this branch is left as it is. Take that change out of it, or bring it up to date yourself.",
    zh: "默认分支已有更新，但本分支改动了 {paths}：仓库会运行那里的内容，或 autoloop 无法写入（链接、可执行文件、子模块、含反斜杠或控制字符的路径）。因此本分支保持原样。请移除该改动，或自行更新本分支。",
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
  "reply.shortened": {
    en: "Left out because of GitHub's size limit: the rest of this list.",
    zh: "因 GitHub 长度限制，列表其余部分已省略。",
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
    en: "the merge does not contain the manifest as a plain file.",
    zh: "合并结果中没有作为普通文件的清单文件。",
  },
  "refusal.manifest-invalid": {
    en: "the manifest as merged cannot be read.",
    zh: "合并后的清单文件无法读取。",
  },
  "refusal.no-campaign": {
    en: "no merge on record approved it beforehand.",
    zh: "没有任何已记录的合并预先批准过它。",
  },
  "refusal.approval-gone": {
    en: "the merge that approved it beforehand is not on the default branch as it was.",
    zh: "预先批准它的合并已不在默认分支上，或已改变。",
  },
  "refusal.follow-up-changed": {
    en: "its files on the default branch are not those that were written down before they were committed.",
    zh: "默认分支上的文件与提交前记录的内容不一致。",
  },
  "refusal.out-of-bounds": {
    en: "it would leave the bounds that were approved beforehand.",
    zh: "它会超出预先批准的范围。",
  },
  "refusal.rounds-done": {
    en: "all rounds that were approved beforehand were begun.",
    zh: "预先批准的轮次均已开始。",
  },
  "refusal.hours-spent": {
    en: "the GPU-hours that were approved beforehand are spent.",
    zh: "预先批准的 GPU 小时已用完。",
  },
  "refusal.until-over": {
    en: "the time that was approved beforehand is over.",
    zh: "预先批准的期限已过。",
  },
  "refusal.no-gain": {
    en: "the rounds before it brought no gain beyond the noise.",
    zh: "之前几轮没有超出噪声的改进。",
  },
  "refusal.superseded": {
    en: "a later round was merged.",
    zh: "之后的轮次已合并。",
  },
  "refusal.nothing-left": {
    en: "no variant that the trainer would accept is left in it.",
    zh: "其中没有剩下训练器可接受的变体。",
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
} as const satisfies Entries;
