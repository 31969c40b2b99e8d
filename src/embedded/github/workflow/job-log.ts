import { createWriteStream } from "node:fs";
import type { Annotation } from "../state.ts";

/** A job's log as GitHub keeps it: secrets masked, workflow commands understood. */
export interface JobLog {
  /** One line as a process printed it. */
  line(text: string): void;
  annotate(annotation: Annotation): void;
  mask(value: string): void;
  close(): Promise<void>;
}

export function openJobLog(path: string, annotations: Annotation[]): JobLog {
  const file = createWriteStream(path, { flags: "a" });
  const masks = new Set<string>();
  let resume: string | undefined;

  const write = (text: string): void => {
    file.write(`${hide(text, masks)}\n`);
  };
  const annotate = (annotation: Annotation): void => {
    annotations.push({ ...annotation, message: hide(annotation.message, masks) });
    write(`##[${annotation.level}]${annotation.message}`);
  };
  const command = (name: string, value: string): void => {
    if (name === "add-mask") masks.add(value);
    else if (name === "stop-commands") resume = value;
    else if (name === "error" || name === "warning" || name === "notice")
      annotate({ level: name, message: value });
    else write(`##[${name}]${value}`);
  };

  return {
    annotate,
    mask: (value) => {
      // Masking is line-based: a value of several lines is several values.
      for (const line of value.split(/\r?\n/)) if (line !== "") masks.add(line);
    },
    line: (text) => {
      if (resume !== undefined) {
        if (text === `::${resume}::`) resume = undefined;
        else write(text);
        return;
      }
      const found = /^::([a-z-]+)(?: [^:]*(?::(?!:)[^:]*)*)?::(.*)$/.exec(text);
      if (found === null) write(text);
      else command(found[1] ?? "", withoutEscapes(found[2] ?? ""));
    },
    close: () =>
      new Promise((resolve, reject) => {
        file.on("error", reject);
        file.end(resolve);
      }),
  };
}

function withoutEscapes(value: string): string {
  return value.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

function hide(text: string, masks: ReadonlySet<string>): string {
  let hidden = text;
  for (const mask of masks) hidden = hidden.replaceAll(mask, "***");
  return hidden;
}
