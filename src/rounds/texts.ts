import type { Catalogue } from "../judgement/texts.ts";

/** Sentences that stand in manifests and drafts. */
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
  },
};
