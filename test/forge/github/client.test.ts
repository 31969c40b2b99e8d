import { describe, expect, it } from "vitest";
import { askOnce, createOnce, whenKnown } from "../../../src/forge/github/client.ts";

const patient = { wait: async () => undefined };
const answered = (status: number, message = `HTTP ${status}`) =>
  Object.assign(new Error(message), { status });

/** Gives these one after the other. */
function answers<Value>(...each: readonly (Value | Error)[]) {
  let at = 0;
  const ask = async (): Promise<Value> => {
    const next = each[at++];
    if (next === undefined || next instanceof Error) throw next ?? new Error("asked too often");
    return next;
  };
  return { ask, asked: () => at };
}

describe("createOnce", () => {
  it("takes what was created although the answer was lost", async () => {
    const create = answers<string>(answered(502));
    expect(await createOnce(patient, { create: create.ask, find: async () => "found" })).toBe("found");
    expect(create.asked()).toBe(1);
  });

  it("creates once more when nothing is there, and gives up after three times", async () => {
    const create = answers<string>(answered(500), new Error("socket hang up"), "made");
    expect(await createOnce(patient, { create: create.ask, find: async () => null })).toBe("made");
    const never = answers<string>(answered(500), answered(500), answered(500), "too late");
    await expect(createOnce(patient, { create: never.ask, find: async () => null })).rejects.toThrow(
      "HTTP 500",
    );
  });

  it.each([401, 403, 404, 422])("does not repeat what was refused (%i)", async (status) => {
    const create = answers<string>(answered(status), "again");
    await expect(createOnce(patient, { create: create.ask, find: async () => "x" })).rejects.toThrow();
    expect(create.asked()).toBe(1);
  });
});

describe("askOnce", () => {
  it("keeps an answer, and asks anew after a failure", async () => {
    const question = answers<string>(answered(502), "me", "another");
    const who = askOnce(question.ask);
    await expect(who()).rejects.toThrow("HTTP 502");
    expect([await who(), await who()]).toEqual(["me", "me"]);
    expect(question.asked()).toBe(2);
  });
});

describe("whenKnown", () => {
  it.each([answered(404), answered(422, "Could not resolve to a node with the global id of 'PR_x'.")])(
    "asks again for a pull request that is not known yet (%s)",
    async (unknown) => {
      const request = answers<string>(unknown, unknown, "known");
      expect(await whenKnown(patient, request.ask)).toBe("known");
    },
  );

  it("does not ask again for what is simply refused", async () => {
    const request = answers<string>(answered(422, "Validation Failed"), "again");
    await expect(whenKnown(patient, request.ask)).rejects.toThrow("Validation Failed");
  });
});
