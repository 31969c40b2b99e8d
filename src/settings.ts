import { LineCounter, parseDocument } from "yaml";
import * as z from "zod";
import { AutoloopError } from "./errors.ts";
import { Thresholds } from "./judgement/thresholds.ts";
import { refusedDefault } from "./judgement/trainer-defaults.ts";
import { Trust } from "./judgement/trust.ts";
import { parseHours } from "./rounds/hours.ts";
import { ForkName } from "./rounds/manifest.ts";
import { allDifferent, frequentEnough } from "./settings-laws.ts";
import { isWithheld, WITHHELD_PREFIXES } from "./training/environment.ts";
import { SlurmSettings } from "./training/executors/slurm-settings.ts";
import { WatchdogSettings } from "./training/watchdog/watchdog-settings.ts";
import { CONFIGS, REPORT, REPORTS } from "./usual-paths.ts";

const glob = z.string().min(1);
const folder = z
  .string()
  .min(1)
  .refine(
    (path) =>
      !/^\/|[\\\p{Cc}]/u.test(path) &&
      !path.split("/").some((part) => ["..", ".git", ".github"].includes(part.toLowerCase())),
    {
      error: "a folder inside the repository, without `..` and `\\`, outside .git and .github",
    },
  );

const Source = z.strictObject({
  /** Where runs are looked for, in this order; the first that answers is used. */
  order: z
    .array(z.enum(["wandb", "files", "compare"]))
    .min(1)
    .default(["wandb", "files", "compare"]),
  entity: z.string().min(1).optional(),
  project: z.string().min(1).default("lerobot"),
  base_url: z.url().optional(),
  /** Which foreign runs are looked at besides the loop's own. */
  select: z
    .strictObject({
      run_ids: z.array(z.string()).default([]),
      tags: z.array(z.string()).default([]),
      group: z.string().optional(),
      limit: z.int().positive().max(1000).default(50),
    })
    .prefault({}),
  /** Label of a summary file → template it was trained from. Only so can a summary breed variants. */
  labels: z.record(z.string(), z.string()).default({}),
});

const Trainer = z.strictObject({
  command: z.array(z.string().min(1)).min(1).default(["python", "-m", "lerobot.scripts.lerobot_train"]),
  /** The persistent clone of the trainer on the GPU box. */
  cwd: z.string().min(1).optional(),
  /** Names of variables that the trainer may see besides the standard ones. */
  env: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "the name of an environment variable" })
        .refine((name) => !isWithheld(name), {
          error: `a training must not see the tokens and files of its job: no name that begins with ${WITHHELD_PREFIXES.join(", ")}`,
        }),
    )
    .default([]),
  fork: ForkName.default("train-logging"),
  /** Values for fields that the fork requires and templates lack, e.g. `ot.bc_src_weight: 0.9`. */
  defaults: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .superRefine((defaults, context) => {
      for (const [path, value] of Object.entries(defaults)) {
        const why = refusedDefault(path, value);
        if (why !== null) context.addIssue({ code: "custom", path: [path], message: why });
      }
    })
    .default({}),
  steps: z.int().positive().default(2000),
  eval_freq: z.int().positive().default(200),
  log_freq: z.int().positive().default(50),
  /** Queue, logs and outputs on the GPU box; default `$XDG_STATE_HOME/autoloop/<repository>`. */
  state_dir: z.string().startsWith("/", { error: "an absolute path" }).optional(),
  /** How often a trial is begun again by itself after it failed for a reason that may pass, or was interrupted. */
  retries: z
    .strictObject({
      failed: z.int().nonnegative().default(1),
      interrupted: z.int().nonnegative().default(3),
    })
    .prefault({}),
  /** Trainers log through a relay on the box, so that watches see every row within a second; off: straight to W&B. */
  tap: z.boolean().default(false),
  wandb_mode: z.enum(["online", "offline"]).default("online"),
  /** Look at the trainer's Python, packages, data and network before a launch takes a GPU. */
  preflight: z.boolean().default(true),
  /** Gigabytes that have to be free where `state_dir` lies, else no trial begins. */
  min_free_gb: z.number().nonnegative().default(10),
});

const hoursOfDay = z
  .string()
  .refine((text) => parseHours(text, "UTC") !== null, { error: 'hours of the day such as "22:00-08:00"' });

const Gpus = z.strictObject({
  max_concurrency: z.int().positive().max(64).default(4),
  /** UUIDs that are never used. */
  reserved: z.array(z.string()).default([]),
  /** That many idle GPUs stay free for people. */
  leave_free: z.int().nonnegative().default(0),
  /** Other limits at other hours, in `timezone`: more at night, when nobody needs them. */
  night: z
    .strictObject({
      hours: hoursOfDay,
      max_concurrency: z.int().positive().max(64).optional(),
      leave_free: z.int().nonnegative().optional(),
    })
    .optional(),
  /** Shared by every user of the machine. */
  lease_dir: z.string().startsWith("/", { error: "an absolute path" }).default("/tmp/autoloop-leases"),
  /** Trials at once on a machine without GPUs; 0 = a machine without GPUs is an error. */
  cpu_slots: z.int().nonnegative().max(64).default(0),
});

const hoursOfGpus = z.number().positive().nullable().default(null);

const Budget = z.strictObject({
  /** GPU-hours that may be begun in one night, and in all. */
  gpu_hours_per_night: hoursOfGpus,
  gpu_hours: hoursOfGpus,
  rounds_per_night: z.int().positive().nullable().default(null),
  /** How long one call of `autoloop loop` may go on. */
  wall_hours: z.number().positive().nullable().default(null),
});

/** What a merge approves beforehand: further rounds that differ only in knobs near those of the merged ones. */
const FollowUp = z.strictObject({
  rounds: z.int().positive().max(20),
  /** Of all these rounds together. */
  gpu_hours: z.number().positive(),
  /** Nights from the proposal on, when `until` is not given. */
  nights: z.int().positive().max(30).default(3),
  until: z.iso.datetime({ offset: true }).optional(),
  /** It ends after so many of them in a row without a gain beyond the noise. */
  patience: z.int().positive().default(2),
});

const Window = z.strictObject({
  /** When training may start without a person: `22:00-08:00`, in `timezone`. */
  hours: hoursOfDay.optional(),
  /** `all`: a person's merge waits for the hours too. */
  applies_to: z.enum(["unattended", "all"]).default("unattended"),
  /** `stop`: what still runs at the end is stopped, and goes on from its last checkpoint in the next window. */
  at_end: z.enum(["finish", "stop"]).default("finish"),
});

const Report = z.strictObject({
  /** How sections come to the default branch. Where it refuses commits, `commit` goes by pull request as well, and says so. */
  via: z.enum(["commit", "pull-request"]).default("commit"),
});

const Notify = z.strictObject({
  /** Asked for a review when a round opens: `login`, or `organisation/team`. */
  reviewers: z
    .array(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]*(\/[A-Za-z0-9._-]+)?$/, {
        error: "a login, or organisation/team",
      }),
    )
    .max(15)
    .default([]),
  /** A chat that is told when a round opens or ends, a trial fails twice, or the loop is paused. */
  webhook: z
    .strictObject({
      kind: z.enum(["feishu", "dingtalk", "wecom", "slack"]),
      /** Name of the variable that holds the address; the action's input `webhook-url` comes first. */
      url_env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "the name of an environment variable, not an address" })
        .default("AUTOLOOP_WEBHOOK_URL"),
    })
    .optional(),
});

const Paths = z.strictObject({
  configs: folder.default(CONFIGS),
  reports: folder.default(REPORTS),
  report: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*\.md$/, { error: "a Markdown file name such as act_ot.md" })
    .default(REPORT),
  compare: z.array(glob).default(["compare_runs*.json", `${CONFIGS}/compare_runs*.json`]),
  wandb_keys: z.array(glob).default(["wandb_keys.json", `${CONFIGS}/wandb_keys.json`]),
  outputs: z.string().default("outputs/train"),
});

/** `.github/autoloop.yml`. An unknown key is an error that names it: a typo must not switch a safety off. */
export const Settings = z
  .strictObject({
    /** How far the loop goes by itself: write reports, also propose rounds, also train what was merged. */
    mode: z.enum(["report", "propose", "train"]).default("report"),
    language: z.enum(["en", "zh"]).optional(),
    timezone: z
      .string()
      .refine(isTimeZone, { error: "an IANA time zone such as Asia/Shanghai" })
      .default("UTC"),
    source: Source.prefault({}),
    templates: z
      .array(glob)
      .min(1)
      .default([`${CONFIGS}/act_fr3_ot_*.json`]),
    family: z
      .string()
      .regex(/^(?!.*\.\.)(?!(?:con|prn|aux|nul|com\d|lpt\d)\.)[a-z0-9][a-z0-9._-]{0,39}$/, {
        error: "lower-case letters, digits, `.`, `_`, `-`; at most 40",
      })
      .default("act_fr3_ot"),
    max_variants: z.int().min(1).max(3).default(3),
    /** Seeds that a verdict is confirmed at, in this order, equal for all that is compared. */
    seeds: z.array(z.int().nonnegative()).min(1).superRefine(allDifferent).default([42, 87, 123]),
    /** Plan controls (the parent, lambda_ot = 0) with the rounds. */
    controls: z.boolean().default(true),
    paths: Paths.prefault({}),
    trainer: Trainer.superRefine(frequentEnough).prefault({}),
    gpus: Gpus.prefault({}),
    /** `slurm`: trials are handed to Slurm, at most `gpus.max_concurrency` at once, instead of this machine's devices. */
    executor: z.enum(["local", "slurm"]).default("local"),
    slurm: SlurmSettings.prefault({}),
    /** `box`: one job trains a dispatch. `jobs`: one job per trial, shared out among all runners that carry the label. */
    fanout: z.enum(["box", "jobs"]).default("box"),
    watchdog: WatchdogSettings.prefault({}),
    budget: Budget.prefault({}),
    window: Window.prefault({}),
    follow_up: FollowUp.nullable().default(null),
    report: Report.prefault({}),
    notify: Notify.prefault({}),
    rules: z.enum(["plan", "calibrated"]).default("calibrated"),
    thresholds: Thresholds.prefault({}),
    /** How far the calibrated rules may move a knob, and between which bounds. */
    trust: Trust.prefault({}),
  })
  // Whoever has the address of the chat can write there.
  .refine(({ trainer, notify }) => !trainer.env.includes(notify.webhook?.url_env ?? ""), {
    error: "a training must not see the address of the chat that `notify.webhook.url_env` names",
    path: ["trainer", "env"],
  });
export type Settings = z.infer<typeof Settings>;

/** The settings of a repository; without a file the defaults hold. Throws `settings.invalid` naming line, path and what is allowed. */
export function parseSettings(file: { path: string; text: string } | null): Settings {
  if (!file) return Settings.parse({});
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, uniqueKeys: true });
  const broken = document.errors[0];
  if (broken) {
    throw new AutoloopError("settings.invalid", {
      what: `${file.path}:${lines.linePos(broken.pos[0]).line} is not YAML: ${firstLine(broken.message)}.`,
      next: "Correct that line.",
      cause: broken,
    });
  }
  const parsed = Settings.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  throw new AutoloopError("settings.invalid", {
    what: `${file.path}: ${parsed.error.issues.map(describeIssue).join("; ")}.`,
    next: "Correct the settings; docs: README, section Settings.",
  });
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys
      .map((key) => `there is no setting "${[path, key].filter(Boolean).join(".")}"`)
      .join("; ");
  }
  const allowed =
    issue.code === "invalid_value" ? `must be one of ${issue.values.join(", ")}` : issue.message;
  return `${path || "the file"}: ${lowerFirst(allowed)}`;
}

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? message).replace(/[.:]$/, "");
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
