import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** The log of one attempt. At `capBytes` it moves to `<path>.1`, so at most twice that is kept: the newest part. */
export interface LogFile {
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export async function openLogFile({ path, capBytes }: { path: string; capBytes: number }): Promise<LogFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  let file: FileHandle = await open(path, "a", 0o600);
  let size = (await file.stat()).size;
  let last: Promise<void> = Promise.resolve();

  const append = async (chunk: Uint8Array): Promise<void> => {
    if (size > 0 && size + chunk.byteLength > capBytes) {
      await file.close();
      await rename(path, `${path}.1`);
      file = await open(path, "a", 0o600);
      size = 0;
    }
    await file.appendFile(chunk);
    size += chunk.byteLength;
  };

  return {
    // Two streams write here: one after the other, also behind a write that failed.
    write: (chunk) => {
      const next = last.then(() => append(chunk));
      last = next.catch(() => undefined);
      return next;
    },
    close: async () => {
      await last;
      await file.close();
    },
  };
}
