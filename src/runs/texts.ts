import type { Catalogue } from "../judgement/texts.ts";

/** What reading runs may have to tell. `{blanks}` are the values of the text. */
export const runTexts: Catalogue = {
  en: {
    "warning.best-is-minimum":
      "{file} gives the minimum as the best of every metric; left out where lower is not better: {keys}.",
    "warning.cache-unusable": "The cache of finished runs cannot be used ({reason}); everything was fetched.",
    "warning.damaged-file":
      "{file} is damaged in {places} places; {records} records are lost, the others were read.",
    "warning.file-unreadable": "A file was left out: {reason}",
    "warning.folder-unsearched":
      "{count} folders were not searched for runs, the first being {folder}: {reason}.",
    "warning.history-incomplete":
      "{run}: the server counts {counted} rows, but {missing} of them were not returned.",
    "warning.listing-moved":
      "Runs came or went while they were listed: {listed} were found, the server counts {counted}.",
    "warning.no-history": "These runs logged nothing that is judged: {runs}.",
    "warning.no-wandb-key": "W&B was not asked, because there is no key (WANDB_API_KEY or .netrc).",
    "warning.not-numbers": "{where}: {count} logged values are no numbers and were left out.",
    "warning.repeated-steps":
      "{run}: {count} rows repeat a step, as after a resume; the later attempt's values were kept.",
    "warning.rows-without-step": "{file}: {count} rows carry no step and were left out.",
    "warning.runs-missing": "These runs were asked for and are not there: {runs}.",
    "warning.selection-ignored": "This source cannot select by {parts}; it was ignored.",
    "warning.source-empty": "{source} has no run that fits.",
    "warning.source-skipped": "{source} was not used: {reason}",
    "warning.source-used": "The runs were read from {source} instead.",
    "warning.summary-only": "{run}: only the last values are left (wandb-summary.json), no curve.",
    "warning.unfinished-file": "{file} ends inside a record; its last {bytes} bytes were left out.",
    "warning.unreadable-runs": "{count} runs have a form that is not understood and were left out.",
  },
  zh: {
    "warning.best-is-minimum": "{file} 对所有指标都以最小值作为最优值；对并非越小越好的指标已忽略：{keys}。",
    "warning.cache-unusable": "已结束 run 的缓存无法使用（{reason}），已全部重新获取。",
    "warning.damaged-file": "{file} 有 {places} 处损坏，丢失 {records} 条记录，其余已读取。",
    "warning.file-unreadable": "有一个文件被跳过：{reason}",
    "warning.folder-unsearched": "有 {count} 个文件夹未查找 run，第一个是 {folder}：{reason}。",
    "warning.history-incomplete": "{run}：服务器记录有 {counted} 行，其中 {missing} 行未返回。",
    "warning.listing-moved": "列出 run 期间有变动：找到 {listed} 个，服务器计数为 {counted}。",
    "warning.no-history": "以下 run 没有记录任何可诊断的指标：{runs}。",
    "warning.no-wandb-key": "未查询 W&B：没有密钥（WANDB_API_KEY 或 .netrc）。",
    "warning.not-numbers": "{where}：{count} 个记录值不是数字，已忽略。",
    "warning.repeated-steps": "{run}：{count} 行的步数重复（例如恢复训练之后），保留了后一次的值。",
    "warning.rows-without-step": "{file}：{count} 行没有步数，已忽略。",
    "warning.runs-missing": "以下指定的 run 不存在：{runs}。",
    "warning.selection-ignored": "该数据来源无法按 {parts} 筛选，已忽略该条件。",
    "warning.source-empty": "{source} 中没有符合条件的 run。",
    "warning.source-skipped": "未使用 {source}：{reason}",
    "warning.source-used": "改为从 {source} 读取 run。",
    "warning.summary-only": "{run}：只剩最后的值（wandb-summary.json），没有曲线。",
    "warning.unfinished-file": "{file} 在一条记录中间结束，最后 {bytes} 字节已忽略。",
    "warning.unreadable-runs": "{count} 个 run 的格式无法识别，已跳过。",
  },
};
