import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { VERSION } from "../src/version.ts";

it("is the package's version", () => {
  const file: unknown = JSON.parse(readFileSync("package.json", "utf8"));
  expect(file).toMatchObject({ version: VERSION });
});
