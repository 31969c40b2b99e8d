#!/usr/bin/env node
import { stderr, stdout } from "node:process";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { runAnalyze } from "./commands/terminal/analyze.ts";
import { runCheck } from "./commands/terminal/check.ts";
import { runDemo } from "./commands/terminal/demo.ts";
import { runLoopCommand } from "./commands/terminal/loop.ts";
import { runLocalLoop } from "./commands/terminal/loop-local.ts";
import { runPropose } from "./commands/terminal/propose.ts";
import { runPrune } from "./commands/terminal/prune.ts";
import { runStatus } from "./commands/terminal/status.ts";
import type { Terminal } from "./commands/terminal/terminal.ts";
import { AutoloopError, messageOf } from "./errors.ts";
import { coloured, unstyled } from "./report/style.ts";
import { VERSION } from "./version.ts";

const FORKS = ["main", "ot_r2s", "weighted-sampling", "train-logging"];

function program(terminal: Terminal): Command {
  const cli = new Command("autoloop")
    .description("Experiment rounds for ACT+OT policy training, run through GitHub pull requests.")
    .showHelpAfterError("(autoloop --help lists the commands)")
    .version(VERSION, "--version")
    .exitOverride()
    .configureOutput({ writeErr: (text) => stderr.write(text) });

  withCommon(cli.command("analyze"))
    .description("read runs and say what is wrong with each, and what to change")
    .addOption(
      new Option("--source <name>", "where runs are read from; default: the order in the settings").choices([
        "wandb",
        "files",
        "compare",
      ]),
    )
    .option("--file <path...>", "summary files (compare) or .wandb files (files)")
    .option("--dir <path>", "folder that is searched for .wandb files")
    .option("--entity <name>")
    .option("--project <name>")
    .option("--run-ids <ids>", "comma-separated", list)
    .option("--tag <tag...>")
    .option("--group <name>")
    .option("--state <state...>")
    .option("--filter <json>", "raw W&B filter", json)
    .option("--limit <n>", "newest so many", count)
    .option("--topic <name>", "heading and file name of the report section", "analysis")
    .option("--append", "append a section to the report of the repository, and write its data")
    .action((options) => runAnalyze(terminal, options));

  withCommon(cli.command("propose"))
    .description("draft the next round: variants, manifest, pull request")
    .option("--max <n>", "variants at most", count)
    .option("--dry-run", "show it, open nothing")
    .action((options) => runPropose(terminal, options));

  withCommon(cli.command("check"))
    .description(
      "would the trainer accept these files? Exit code 1 when any would not launch, with --fix: neither itself nor corrected",
    )
    .argument("<file...>")
    .addOption(new Option("--fork <profile>", "version of the trainer").choices(FORKS))
    .option("--fix", "write a corrected copy where the correction is certain")
    .action((files, options) => runCheck(terminal, { ...options, files }));

  withCommon(cli.command("reconcile"))
    .description("do whatever is due: approvals, training, reports, the next proposal")
    .action((options) => runLoopCommand(terminal, "reconcile", options));
  withCommon(cli.command("status"))
    .description("what goes on, and why nothing does")
    .action((options) => runStatus(terminal, options));
  withCommon(cli.command("comment"))
    .description("answer one comment on a round's pull request, as the workflow's command job does")
    .option("--event <file>", "payload of the issue_comment event; default: GITHUB_EVENT_PATH")
    .action((options) => runLoopCommand(terminal, "comment", options));
  withCommon(cli.command("launch"))
    .description("train what a dispatch claimed (on the GPU box)")
    .requiredOption("--dispatch <id>")
    .option("--trial <id...>")
    .option("--outcomes <dir>", "where outcome files are put", "outcomes")
    .option("--dry-run", "show what would be trained")
    .action((options) => runLoopCommand(terminal, "launch", options));
  withCommon(cli.command("collect"))
    .description("bring the outcomes of a dispatch home")
    .requiredOption("--dispatch <id>")
    .option("--outcomes <dir>", "where outcome files are", "outcomes")
    .action((options) => runLoopCommand(terminal, "collect", options));

  withCommon(cli.command("prune"))
    .description("checkpoints on this machine that nobody will need (on the GPU box)")
    .option("--yes", "remove them; without it they are only listed")
    .action((options) => runPrune(terminal, options));

  withCommon(cli.command("loop"))
    .description("the whole loop on a plain local git repository: propose, merge, train, report, again")
    .requiredOption(
      "--rounds <n>",
      "until the ledger holds so many rounds, those of earlier calls included",
      count,
    )
    .option(
      "--yes",
      "merge each round without asking; without it the loop stops at a round that is not merged",
    )
    .option(
      "--wall-time <time>",
      "begin nothing after so long, e.g. 8h or 90m; default: budget.wall_hours",
      hours,
    )
    .addHelpText("after", LOOP_HELP)
    .action((options) => runLocalLoop(terminal, options));

  cli
    .command("demo")
    .description("three rounds on embedded services, in a temporary folder")
    .option("--keep <dir>", "keep repository, pages, data, logs and state there")
    .action((options) => runDemo(terminal, options));
  return cli;
}

const LOOP_HELP = `
Rounds are merged into the branch that is checked out at the first start (git config autoloop.branch changes it).
The settings committed there are a ceiling that --yes does not lift: with \`mode: report\` nothing is proposed, with
\`mode: propose\` nothing is merged or trained, with \`mode: train\` everything is done. Hours and budget of the settings hold.
Stop with Ctrl-C; the same command goes on, also after a crash. A work tree with uncommitted changes is left as it is.`;

function withCommon(command: Command): Command {
  return command
    .option("--repo <dir>", "the repository's folder", ".")
    .option("--settings <path>", "settings file inside the repository")
    .option("--json", "print one JSON document on stdout and nothing else there");
}

function list(value: string): string[] {
  return value
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
}

function count(value: string): number {
  if (/^[1-9]\d*$/.test(value)) return Number(value);
  throw new InvalidArgumentError("It must be a whole number above 0.");
}

function hours(value: string): number {
  const [, amount, unit = "h"] = /^(\d+(?:\.\d+)?)\s*([hms]?)$/.exec(value) ?? [];
  const found = Number(amount) / (unit === "s" ? 3600 : unit === "m" ? 60 : 1);
  if (found > 0) return found;
  throw new InvalidArgumentError("It must be a time such as 8h, 90m or 30s.");
}

function json(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw new InvalidArgumentError("It must be JSON.");
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const colour = stderr.isTTY && process.env["NO_COLOR"] === undefined;
  const terminal: Terminal = {
    env: process.env,
    now: () => new Date(),
    document: (text) => stdout.write(text),
    say: (text) => stderr.write(text),
    screen: { width: stderr.columns ?? 100, style: colour ? coloured : unstyled },
    exitCode: 0,
  };
  try {
    await program(terminal).parseAsync(argv);
    return terminal.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    stderr.write(`autoloop: ${messageOf(thrown)}\n`);
    if (process.env["AUTOLOOP_DEBUG"] && thrown instanceof Error) stderr.write(`${thrown.stack}\n`);
    return thrown instanceof AutoloopError ? thrown.exitCode : 1;
  }
}

process.exitCode = await main(process.argv);
