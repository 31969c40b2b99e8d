/** Files of a run go to addresses that the server hands out; the relay puts its own in their place. */
import { randomBytes } from "node:crypto";
import * as z from "zod";
import { isJsonObject } from "../../json.ts";

export const CREATE_RUN_FILES =
  "mutation CreateRunFiles($entity: String!, $project: String!, $run: String!, $files: [String!]!) { createRunFiles(input: { entityName: $entity, projectName: $project, runName: $run, files: $files }) { runID uploadHeaders files { name uploadUrl } } }";

export const UploadSlots = z.object({
  createRunFiles: z.looseObject({
    uploadHeaders: z.array(z.string()).nullish(),
    files: z.array(z.looseObject({ name: z.string(), uploadUrl: z.string() })),
  }),
});

/** A file that the SDK may put once it has its address. */
export interface UploadSlot {
  readonly file: string;
  /** Where it goes on W&B; null when nobody could be asked. */
  readonly url: string | null;
}

/** Who may put what, by an address that cannot be guessed: an upload carries no key. */
export interface SlotBook {
  /** The address for the SDK. */
  open(slot: UploadSlot): string;
  find(token: string): UploadSlot | undefined;
}

export function slotBook(addressOf: (token: string) => string): SlotBook {
  const slots = new Map<string, UploadSlot>();
  return {
    open: (slot) => {
      const token = randomBytes(16).toString("hex");
      slots.set(token, slot);
      return addressOf(token);
    },
    find: (token) => slots.get(token),
  };
}

/**
 * The server's answer with addresses of the relay. Unchanged when it asks for headers of its own: then its storage is one
 * that the SDK talks to in another way than a plain PUT.
 */
export function redirectUploads(answer: unknown, slots: SlotBook): unknown {
  if (!isJsonObject(answer)) return answer;
  const data = UploadSlots.safeParse(answer["data"]).data;
  if (!data || (data.createRunFiles.uploadHeaders ?? []).length > 0) return answer;
  const files = data.createRunFiles.files.map((file) => ({
    ...file,
    uploadUrl: slots.open({ file: file.name, url: file.uploadUrl }),
  }));
  return { ...answer, data: { ...data, createRunFiles: { ...data.createRunFiles, files } } };
}
