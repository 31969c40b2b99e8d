import type { Catalogue } from "../judgement/texts.ts";

/** Sentences that stand in manifests, drafts and the reports of rounds. */
export const roundTexts: Catalogue = {
  en: {
    "draft.seed": "A template as it is, number {place} in the order of the settings.",
    "draft.fixed":
      "Template {template} with what the trainer would refuse corrected, number {place} in the order of the settings.",
    "draft.control.parent": "Control: the parent under exactly this round's conditions.",
    "draft.control.lambda-zero": "Control, once per campaign: the same training without OT (lambda_ot = 0).",
    "draft.not-launchable": "{path} is left out, the trainer would refuse it: {reason}",
    "draft.not-act-ot": "{path} is left out: rounds train ACT policies with OT only, and {reason}.",
    "warning.wandb-unread":
      "W&B could not be read ({why}); the curves are those that the box sent with its outcomes.",
    "draft.out-of-bounds": "{path} is left out: it would leave the bounds that were approved beforehand.",
    "draft.duplicate": "{path} is left out: the same configuration is in this round or was trained already.",
    "control.gains":
      "OT shows a gain: {rival}, the best of {runs} run(s) with OT at that seed and under equal conditions, is better than {control} without it by {difference}, more than the noise of {noise}.",
    "control.ties":
      "OT shows no gain beyond the noise: {rival}, the best of {runs} run(s) with OT at that seed and under equal conditions, and {control} without it differ by {difference}, inside the noise of {noise}.",
    "control.hurts":
      "OT hurts: {rival}, the best of {runs} run(s) with OT at that seed and under equal conditions, is worse than {control} without it by {difference}, more than the noise of {noise}.",
    "control.and-parent":
      "{best} Against {parent}, its own parent with OT, the held-out L1 differs by {difference} (with OT less without): {verdict}.",
    "control.parent.gains": "a gain",
    "control.parent.ties": "inside the noise",
    "control.parent.hurts": "harm",
    "control.alone":
      "{control} trains without OT, but nothing with OT came to its end at seed {seed} under equal conditions: what OT brings is not known.",
  },
  zh: {
    "draft.seed": "模板原样使用，按设置中的顺序为第 {place} 个。",
    "draft.fixed": "模板 {template}，已修正训练器会拒绝之处，按设置中的顺序为第 {place} 个。",
    "draft.control.parent": "对照：父配置，条件与本轮完全相同。",
    "draft.control.lambda-zero": "对照（整个系列只做一次）：同一训练但不用 OT（lambda_ot = 0）。",
    "draft.not-launchable": "{path} 未列入，训练器会拒绝：{reason}",
    "draft.not-act-ot": "{path} 未列入：各轮只训练启用 OT 的 ACT 策略，而 {reason}。",
    "warning.wandb-unread": "无法读取 W&B（{why}）；曲线取自训练机随结果送回的数据。",
    "draft.out-of-bounds": "{path} 未列入：它会超出事先批准的范围。",
    "draft.duplicate": "{path} 未列入：相同配置已在本轮中或已训练过。",
    "control.gains":
      "OT 有收益：同种子、同条件下带 OT 的 {runs} 个试验中最好的 {rival} 优于不用 OT 的 {control} {difference}，超过噪声 {noise}。",
    "control.ties":
      "OT 未显示超出噪声的收益：同种子、同条件下带 OT 的 {runs} 个试验中最好的 {rival} 与不用 OT 的 {control} 相差 {difference}，在噪声 {noise} 之内。",
    "control.hurts":
      "OT 有害：同种子、同条件下带 OT 的 {runs} 个试验中最好的 {rival} 比不用 OT 的 {control} 差 {difference}，超过噪声 {noise}。",
    "control.and-parent":
      "{best}与其带 OT 的父试验 {parent} 相比，评估 L1 相差 {difference}（带 OT 减不带）：{verdict}。",
    "control.parent.gains": "有收益",
    "control.parent.ties": "在噪声之内",
    "control.parent.hurts": "有害",
    "control.alone": "{control} 不用 OT，但在种子 {seed}、同条件下没有带 OT 的试验完成：OT 的作用尚不清楚。",
  },
};
