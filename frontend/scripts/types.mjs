/**
 * Writes `src/api/schema.ts`: the types of frames and HTTP responses, from the server's models.
 * With `--check` it only fails if the file is stale. `PYTHON` names the interpreter.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { compile } from "json-schema-to-typescript";

const root = new URL("../../", import.meta.url).pathname;
const file = new URL("../src/api/schema.ts", import.meta.url).pathname;
const python = process.env["PYTHON"] ?? "python";

const printed = execFileSync(python, ["-m", "scripts.api_schemas"], {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 2 ** 26,
});
const { constants, schema } = JSON.parse(printed);
const types = await compile(schema, "Body", {
  additionalProperties: false,
  bannerComment: "",
});
const lines = [
  "// Written by `npm run types` from the server's models; do not edit.",
  "",
  ...Object.entries(constants).map(([name, value]) => `export const ${name} = ${value};`),
  "",
  // The union of everything exists only so that the generator writes every definition.
  types.replace(/^export type Body =[^;]*;\n/m, ""),
];
const written = lines.join("\n");

if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== written) {
    console.error("src/api/schema.ts is stale: run `npm run types`.");
    process.exit(1);
  }
} else {
  writeFileSync(file, written);
}
