/** The folders of the page: few, named after concepts, and no file name twice. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "..", "src");

test("each file name occurs once, index files aside", () => {
  const names = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("index."))
    .map((entry) => basename(entry.name).toLowerCase());
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  expect(twice).toEqual([]);
});

test("only main.tsx is outside a folder", () => {
  const loose = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isFile());
  expect(loose.map((entry) => entry.name)).toEqual(["main.tsx"]);
});
