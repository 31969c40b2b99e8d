import { fc, it } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { writeJson, written } from "../../../src/embedded/graphql/written.ts";

describe("writeJson", () => {
  it.prop([fc.jsonValue()])("writes what JSON.stringify writes", (value) => {
    expect(writeJson(value)).toBe(JSON.stringify(value));
  });

  it("leaves out what is undefined in an object, and writes null for it in a list", () => {
    expect(writeJson({ a: undefined, b: [undefined, {}, []] })).toBe('{"b":[null,{},[]]}');
  });

  it("puts written text where it belongs", () => {
    expect(writeJson({ a: [written("[1,2]"), 3], b: written("null") })).toBe('{"a":[[1,2],3],"b":null}');
  });
});
