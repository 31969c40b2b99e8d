import { checkZh } from "./check-zh.ts";
import type { en } from "./en.ts";

/** 给人看的中文句子；键与 en.ts 一一对应。 */
export const zh: Readonly<Record<keyof typeof en, string>> = {
  ...checkZh,

  "window.steps": "第 {from_step}–{to_step} 步（{points} 个读数）",
  "window.summary": "仅凭汇总文件的单个读数（证据较弱）",

  "finding.no-history": "没有任何记录（状态 {state}）：在第一条日志之前就结束了。",
  "finding.not-act-ot": "不是 ACT+OT 实验（策略 {policy}，OT 启用：{ot_enabled}）：不作判断。",
  "finding.non-finite":
    "无效实验：{metrics} 从第 {step} 步起出现非有限值（{readings} 个读数，学习率 {learning_rate}）。训练器不会停止且以 0 退出；此后的数值都不算数。",
  "finding.non-finite.passing": "{metrics} 出现 {readings} 个短暂的无穷读数，首次在第 {step} 步；随后恢复。",
  "finding.crashed": "实验在第 {step} 步以 {state} 结束：不从它派生。",
  "finding.too-short": "只有 {step} 步：少于 {shortest} 步说明不了配置的好坏。",
  "finding.ot-inactive":
    "OT 从未运行：lambda_ot 为 {lambda_ot}，{points} 行日志中却没有任何 train/ot_* 指标。OT 批大小 {pairs} 可能超过配对数据量，或 loss_config 为空；训练器不报错且以 0 退出。",
  "finding.ot-inactive.control": "OT 关闭（lambda_ot 0）：对照实验。",
  "finding.ot-inactive.unknown":
    "{points} 行日志中没有任何 train/ot_* 指标：OT 从未运行，或本来就没有启用（配置未知）。",
  "finding.ot-unread": "OT 是否运行过不得而知：记录了 {metrics}，但读不出任何数值。",
  "finding.invalid-comparison": "不能与其他实验直接比较，条件不同：{details}（括号内为其他实验）。",

  "finding.solver-break":
    "OT 求解器在 {share:percent} 的批次上失效，{window}：pi_sum 低于 exp(-709.78 reg/T)，正常的传输方案不可能如此。有样本对的代价超过 709 × reg（{reg}）。调 tau 无效；需加大 reg 或减小权重。",
  "finding.solver-too-old":
    "heuristic 为 true，但 pi_diag 只有 pi_sum 的 {share:percent}，{window}：所装 POT 忽略了参考测度（需要 0.9.5 或更新）。",
  "finding.off-diagonal": "{off_diagonal:percent} 的质量不在对角线上，{window}：样本跨时间匹配。",
  "finding.off-diagonal.small": "传输方案接近对角：pi_diag 是 pi_sum 的 {share:percent}，{window}。",

  "finding.solver-warned":
    "训练日志称 OT 求解器至少在一个批次上失效；{window}没有读数能证实。每次训练只警告一次，因此可能仅有一个批次。",

  "finding.mass-sparse":
    "传输质量平均 {level}，{window}，但只由 {live_share:percent} 的批次承载（中位数 {median}）：其余批次没有样本对携带质量，OT 不产生梯度。",
  "finding.mass-dead": "OT 已失活：pi_sum {level}，{window}。没有样本对携带质量，OT 不产生梯度。",
  "finding.mass-low":
    "传输质量过低：pi_sum {level}，{window}，低于 {low}。reg、tau 相对代价偏小，或 label 权重偏大。",
  "finding.mass-unassigned.below":
    "传输质量 {level}，{window}：OT 有效，但低于理想区间 {good_from}–{good_to}。",
  "finding.mass-healthy": "传输质量 {level}，{window}：在理想区间 {good_from}–{good_to} 内。",
  "finding.mass-unassigned.above":
    "传输质量 {level}，{window}：高于理想区间 {good_from}–{good_to}，低于 {high}。",
  "finding.mass-high": "传输质量 {level}，{window}：高于 {high}，OT 可能拉偏 BC。",
  "finding.mass-high.flat":
    "传输质量 {level} 偏高，{window}，而可学习代价没有下降：样本对未经对齐就全部通过。",
  "finding.mass-saturated":
    "传输质量 {level}，{window}：所有样本对都通过。要么对齐得很好，要么编码器坍缩；用 lambda_ot 0 的对照实验可以区分。",
  "finding.mass-rising": "传输质量从 {before} 升到 {after}，{window}。",
  "finding.mass-falling": "传输质量从 {before} 降到 {after}，{window}。",

  "finding.cost-falling": "可学习的 OT 代价（{terms}）下降 {fall:percent}（{first} → {last}），{window}。",
  "finding.cost-falling.idle":
    "可学习的 OT 代价（{terms}）下降 {fall:percent}（{first} → {last}），{window}，但并非 OT 之功：没有样本对承载质量。",
  "finding.cost-flat":
    "可学习的 OT 代价（{terms}）只下降 {fall:percent}（{first} → {last}），{window}；期望至少 {wanted:percent}。",
  "finding.cost-flat.rising":
    "可学习的 OT 代价（{terms}）反而上升 {rise:percent}（{first} → {last}），{window}；期望下降 {wanted:percent}。",
  "finding.cost-falling.collapse":
    "可学习的 OT 代价（{terms}）下降 {fall:percent}（{first} → {last}），{window}：降得如此之多，更像编码坍缩而不是对齐。",
  "finding.label-cost-scale":
    "OT 代价的 {share:percent} 来自 label 项 {terms}，{window}。label 没有梯度：它只决定选哪些样本对，训练无法降低它。",
  "finding.label-cost-scale.near-break":
    "OT 代价的 {share:percent} 来自 label 项 {terms}，{window}，且平均代价 {all_cost} 超过 200 × reg（{reg}）：求解器接近失效，或已经失效。",

  "finding.l1-converging": "L1 下降 {fall:percent}（{first} → {last}），{window}。",
  "finding.l1-slow":
    "L1 变化 {fall:change}（{first} → {last}），{window}；期望 {within} 步内达到 {wanted:change}。",
  "finding.l1-plateau":
    "L1 进入平台期，{window}：每 {over} 步变化 {fall:change}（95 %：{fall_high:change} 到 {fall_low:change}，p {p}）。",
  "finding.jitter":
    "学习率恒定，L1 相邻读数的抖动为其水平的 {noise:percent}，{window}（上限 {limit:percent}）。",
  "finding.gradients-unstable": "grad_norm 持续高于 {limit}，{window}，最高 {peak}。",
  "finding.diverged":
    "发散：离线评估 L1 {last}，{smooth} 次评估均值最低 {best}（第 {best_step} 步前后），{window}。",
  "finding.diverged.single": "发散：离线评估 L1 {last}，最优 {best}（第 {best_step} 步），{window}。",
  "finding.diverged.loss": "发散：train/loss 升到 {last}，此前为 {best}（第 {best_step} 步），{window}。",
  "finding.eval-improving":
    "离线评估 L1 从 {first} 降到 {last}（{smooth} 次评估均值最低 {best}，第 {best_step} 步前后），{window}。",
  "finding.eval-improving.single":
    "离线评估 L1 从 {first} 降到 {last}（最优 {best}，第 {best_step} 步），{window}。",
  "finding.eval-drifting-up":
    "离线评估 L1 已过最优：{smooth} 次评估均值比最低时高 {rise}，最低 {best} 在第 {best_step} 步前后；末值 {last}，{window}。",
  "finding.eval-drifting-up.single":
    "离线评估 L1 已过最优 {best}（第 {best_step} 步），回升 {rise}，末值 {last}，{window}。",

  "plan.summary-only": "需要曲线，而这里只有汇总",
  "plan.no-config": "该实验的配置未知",
  "plan.no-ot": "没有记录 OT 的质量与 loss",
  "plan.heuristic-off": "heuristic 关闭，传输方案不是对角的，其规律无法给出另一 reg 或 tau 下的质量",
  "plan.reference-ignored": "所装 POT 忽略了参考测度，传输方案不是对角的，其规律不成立",
  "plan.temperature-unknown": "缺少 reg、tau_src 或 tau_tgt，温度 T 未知",
  "plan.too-few-points": "记录到的正常批次太少",

  "rule.plan-mass-low.reg": "质量 {level} 低于 {limit} 且不升：reg ×{factor}，使方案更平滑；heuristic 不变。",
  "rule.plan-mass-low.tau":
    "质量 {level} 低于 {limit} 且不升：两个 tau 由 {now} 调到 {tau}，放宽边缘约束；heuristic 不变。",
  "rule.plan-mass-low.window": "质量 {level} 低于 {limit}，tau 已在列表最高值：源窗口 ±{now} → ±{window}。",
  "rule.plan-mass-low.loosen":
    "质量 {level} 低于 {limit} 且不升：两个 tau 调到 0.5、1、2 中更高的一档，或使用更大窗口；heuristic 不变。",
  "rule.plan-mass-high.label": "质量 {level} 偏高且代价不降：{term} 的 weight_label 由 {now} 降到 {weight}。",
  "rule.plan-mass-high.label-off":
    "质量 {level} 偏高、代价不降，{term} 的 weight_label（{now}）已到最小：去掉该项（权重设为 0 会使训练器报错退出）。",
  "rule.plan-mass-high.label.advice":
    "质量 {level} 偏高且代价不降：weight_label 降到 0.001、0.0005、0 中更低的一档（0 即去掉该项），必要时小降 lambda_ot。",
  "rule.plan-mass-high.lambda": "质量 {level} 偏高、代价不降，且已无 label 权重可降：lambda_ot ×{factor}。",
  "rule.plan-plateau.rate": "最近 {over} 步 L1 变化 {fall:change}：学习率 ×{factor}，OT 不变以便对照。",
  "rule.plan-plateau.batch":
    "最近 {over} 步 L1 变化 {fall:change}：batch {now} → {batch}，OT 不变。注意评估值不再与父实验可比：batch 不同，评估集也不同。",
  "rule.plan-jitter.reg": "曲线抖动大（{noise:percent}）：reg ×{factor}，使方案更平滑。",
  "rule.plan-jitter.lambda": "曲线抖动大（{noise:percent}）：lambda_ot ×{factor}，减弱 OT 的牵引。",
  "rule.plan-jitter.window": "曲线抖动大（{noise:percent}）：源窗口扩大到 ±{window}（只 jitter 源序列）。",

  "rule.ot-cure-break":
    "求解器在 {share:percent} 的批次上失效：最贵的样本对代价约 {dearest}，即 {exponent} × reg，而上限是 709。reg {from_reg} → {reg}，权重 ×{scale}：把它降到 600 的最小一步。tau 不动，它无济于事。",
  "rule.ot-cure-break.bound":
    "求解器在 {share:percent} 的批次上失效；最贵样本对的代价没有记录，只知道超过 709 × reg（{from_reg}）。reg → {reg}，权重 ×{scale}：先减半，直到没有读数低于下限。",
  "rule.ot-cure-break.advice":
    "求解器失效（{share:percent} 的读数）：加大 reg 或减小全部权重，直到没有样本对的代价超过 600 × reg；调 tau 无效。",
  "rule.ot-lift":
    "质量 {mass}（T {temperature}），目标 {target}。reg 与 tau 按原比例 ×{factor}（必要 ×{necessary}，{sufficient}）。代价高于 {cut_off} 的样本对只剩不到 10 % 的权重。",
  "rule.ot-lift.sufficient": "充分 ×{factor}",
  "rule.ot-lift.never-sufficient": "没有哪个 T 能被证明足够",
  "rule.ot-lift.weights":
    "质量 {mass}（T {temperature}），目标 {target}。全部代价权重 ÷{factor}，等价于 T ×{factor}：tau 超过 100 × reg 时再加大 tau 求解器不收敛。",
  "rule.ot-lift.advice":
    "质量 {level}，目标 {target}。T = reg + tau_src + tau_tgt 至少要 ×{necessary}，reg 与 tau 按原比例；若是求解器失效则先加 reg。还需多少无法算出：{why}。",
  "rule.ot-lift.advice.zero":
    "质量 {level}，目标 {target}。质量恰为 0 多半是求解器失效：先加大 reg，再调 tau。步长无法算出：{why}。",
  "rule.ot-lift.gated":
    "质量 {mass}（T 为 {temperature}）：承载质量的配对几乎没有代价，其余配对遥不可及，因此调 reg 或 tau 都到不了 {target}。请改看配对本身：配对数据、源窗口、topk。",
  "rule.ot-label-scale":
    "代价的 {share:percent} 来自没有梯度的 label 项 {term}。weight_label {now} → {weight}，把质量从 {mass} 推向 {target}，reg、tau 和可学习项不变。",
  "rule.ot-label-down.advice":
    "质量 {level} 偏高且可学习代价不降：label 权重减半；已不大于 {least} 时去掉该项（权重设为 0 会使训练器报错退出）。",
  "rule.ot-label-down": "质量 {level} 偏高且可学习代价不降：{term} 的 weight_label 由 {now} 降到 {weight}。",
  "rule.ot-tighten":
    "质量 {mass} 偏高，且有效样本对与全部样本对一样贵（比值 {kappa}）：T 放过了一切。reg 与 tau ×{factor}，使质量趋向 {target}。",
  "rule.ot-lambda-control":
    "对照：质量饱和（{level}），可能是对齐也可能是坍缩。同一配置 lambda_ot 0 可以区分；其他变体不降 lambda_ot。",
  "rule.bc-learning-rate.up": "L1 变化缓慢（{fall:change}）：学习率 {from} → {to}，backbone 同步，OT 不变。",
  "rule.bc-learning-rate.down":
    "L1 停滞（{fall:change}），曲线不稳或学习率过高：学习率 {from} → {to}，backbone 同步，OT 不变。",
  "rule.bc-learning-rate.advice":
    "L1 停滞（{fall:change}）：尝试学习率 ×2 或 ÷2（policy.optimizer_lr 及 backbone），OT 不变。",
  "rule.bc-batch-size":
    "L1 停滞（{fall:change}），学习率已到边界：batch {from} → {batch}。注意评估值不再与父实验可比：batch 不同，评估集也不同。",
  "rule.explorer.no-label":
    "探索：在该实验中没有规则需要纠正什么。去掉 {term}（权重 {weight}）：该训练器早先的实验中，没有 label 项的一类最好，但只有一个种子，代价尺度也不同，仅为假设。",
  "rule.explorer.lambda":
    "探索：在该实验中没有规则需要纠正什么。lambda_ot {from} → {lambda}：只有更强的 OT 曾稳定地降低可学习代价。",

  "ranking.nothing-left":
    "已无可改进之处：{contenders} 个配置都在 {best} 附近的噪声 {noise} 之内，且没有规则需要纠正。可对最稳定的一个增加种子或加长训练以确认，或就此停止。",
  "ranking.best": "{label}：离线评估 L1 {eval}（3 点滑动均值的最小值；末值 {last}）。",
  "ranking.best-by-stability":
    "{label}：离线评估 L1 {eval}（末值 {last}）。{contenders} 个实验都在噪声 {noise} 之内，其中它的 OT 最稳定。",
  "ranking.and": "{ranking}{also}",
  "ranking.ot-ties": "OT 未带来收益：不用 OT 的 {control} 与 {rival} 相差 {gain}，在噪声 {noise} 之内。",
  "ranking.ot-hurts": "OT 有害：不用 OT 的 {control} 优于 {rival} {gain}，超过噪声 {noise}。",
  "proposal.replicate":
    "{label} 在 {pairs} 个配对种子上领先 {gain}，超过噪声 {noise}：与 {rival} 配对增加种子。",
  "proposal.promote":
    "{label} 在 {pairs} 个配对种子中 {wins} 次优于 {rival}，平均 {gain}（噪声 {noise}）：予以晋升；若要训练更久，用 resume 接着训练。",
  "proposal.tell-apart":
    "{label} 与 {rival} 相差 {gain}，在噪声 {noise} 之内：先为两者增加配对种子，或都用 resume 加长训练，再决定晋升。",
  "proposal.confirm": "{label} 是 {contenders} 个等价配置中最稳定的：增加种子或加长训练以确认。",
  "record.rule": "{rule}：{total} 个预测中 {hits} 个落在区间内",
};
