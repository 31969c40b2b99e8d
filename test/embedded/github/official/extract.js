/**
 * Extracts from GitHub's official descriptions what the embedded GitHub is held against: the answers of its routes, and the webhook
 * payloads that it delivers. The packages are large and seldom change, so they are no dependency; to regenerate:
 *
 *   npm install --prefix FOLDER --no-save @octokit/openapi@23 @octokit/webhooks-schemas@7
 *   node test/embedded/github/official/extract.js FOLDER
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const HERE = import.meta.dirname;
const REST = resolve(HERE, "../../../../src/embedded/github/rest");
const EVENTS = ["issue_comment$created", "push$event", "workflow_dispatch$event"];

const packages = join(process.argv[2] ?? ".", "node_modules", "@octokit");
/** @param {string} path */
const read = (path) => JSON.parse(readFileSync(join(packages, path), "utf8"));

/** The routes of the embedded GitHub as they are declared: `GET issues/:number/comments`. */
function declaredRoutes() {
  const source = readdirSync(REST)
    .map((file) => readFileSync(join(REST, file), "utf8"))
    .join("\n");
  return [...source.matchAll(/route\(\s*"([A-Z]+ [^"]*)"/g)].map(([, signature = ""]) => signature).sort();
}

/** @param {string} path */
function withoutNames(path) {
  return path.replace(/\{[^}]+\}/g, "{}");
}

/** `issues/:number` → `/repos/{}/{}/issues/{}` @param {string} path */
function officialPath(path) {
  if (path.startsWith("/")) return path;
  const segments = path.split("/").map((segment) => (/^[:*]/.test(segment) ? "{}" : segment));
  return `/repos/{}/{}/${segments.join("/")}`.replace(/\/$/, "");
}

const WORDS = [
  "description",
  "summary",
  "title",
  "example",
  "examples",
  "format",
  "default",
  "deprecated",
  "externalDocs",
];

/**
 * OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, what only explains is dropped, `format` too (GitHub breaks its own), and so are
 * the boolean forms of exclusive bounds.
 * @param {unknown} node @param {(name: string) => string} onRef @param {boolean} [naming] Keys are names of properties. @returns {unknown}
 */
function convert(node, onRef, naming = false) {
  if (Array.isArray(node)) return node.map((item) => convert(item, onRef));
  if (typeof node !== "object" || node === null) return node;
  if (!naming && "$ref" in node && typeof node.$ref === "string") return { $ref: onRef(node.$ref) };
  /** @type {Record<string, unknown>} */
  const kept = {};
  for (const [key, value] of Object.entries(node)) {
    const words =
      WORDS.includes(key) ||
      key.startsWith("x-") ||
      key.startsWith("$") ||
      key === "nullable" ||
      key === "readOnly";
    if (!naming && (words || (/^exclusiveM/.test(key) && typeof value === "boolean"))) continue;
    kept[key] =
      key === "enum" || key === "required" ? value : convert(value, onRef, key === "properties" && !naming);
  }
  return !naming && "nullable" in node && node.nullable === true ? orNull(kept) : kept;
}

/** @param {Record<string, unknown>} schema */
function orNull(schema) {
  if (typeof schema["type"] === "string" && !("enum" in schema))
    return { ...schema, type: [schema["type"], "null"] };
  return { anyOf: [schema, { type: "null" }] };
}

/**
 * @param {Record<string, unknown>} components @param {RegExp} prefix
 * @returns What was referred to, and the function that takes note of a reference.
 */
function definitions(components, prefix) {
  /** @type {Record<string, unknown>} */
  const defs = {};
  /** @type {(ref: string) => string} */
  const note = (ref) => {
    const name = ref.replace(prefix, "");
    if (!(name in defs)) {
      defs[name] = true;
      defs[name] = convert(components[name], note);
    }
    return `#/$defs/${name}`;
  };
  return { defs, note };
}

function restAnswers() {
  const { version } = read("openapi/package.json");
  const document = read("openapi/generated/api.github.com.json");
  const paths = new Map(Object.keys(document.paths).map((path) => [withoutNames(path), path]));
  const { defs, note } = definitions(document.components.schemas, /^#\/components\/schemas\//);
  /** @type {Record<string, Record<string, unknown>>} */
  const operations = {};
  for (const route of [...declaredRoutes(), "GET /user"]) {
    const [method = "", path = ""] = route.split(" ");
    const official = paths.get(officialPath(path));
    const operation = document.paths[official ?? ""]?.[method.toLowerCase()];
    if (!operation) continue;
    operations[route] = {};
    for (const [status, answer] of Object.entries(operation.responses)) {
      const name = answer.$ref?.replace("#/components/responses/", "");
      const content = (name ? document.components.responses[name] : answer).content;
      const schema = content?.["application/json"]?.schema;
      if (schema && !status.startsWith("5")) operations[route][status] = convert(schema, note);
    }
  }
  note("#/components/schemas/basic-error");
  return { source: `@octokit/openapi ${version}`, operations, $defs: defs };
}

function webhooks() {
  const { version } = read("webhooks-schemas/package.json");
  const document = read("webhooks-schemas/schema.json");
  const { defs, note } = definitions(document.definitions, /^#\/definitions\//);
  const events = Object.fromEntries(EVENTS.map((name) => [name, { $ref: note(`#/definitions/${name}`) }]));
  return { source: `@octokit/webhooks-schemas ${version}`, events, $defs: defs };
}

/** One definition a line: a new version is a diff that can be read. @param {Record<string, unknown>} document */
function lines(document) {
  const parts = Object.entries(document).map(([key, value]) => {
    if (typeof value === "string") return `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    const inner = Object.entries(value ?? {}).map(
      ([name, item]) => `${JSON.stringify(name)}: ${JSON.stringify(item)}`,
    );
    return `${JSON.stringify(key)}: {\n${inner.join(",\n")}\n}`;
  });
  return `{\n${parts.join(",\n")}\n}\n`;
}

writeFileSync(join(HERE, "fixtures", "rest.json"), lines(restAnswers()));
writeFileSync(join(HERE, "fixtures", "webhooks.json"), lines(webhooks()));
