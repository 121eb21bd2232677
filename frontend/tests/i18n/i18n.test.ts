// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import {
  decimal,
  fileSize,
  type Key,
  plainDecimal,
  plural,
  preferredLocale,
  t,
  tables,
} from "../../src/i18n";
import { LOCALES, locale } from "../../src/store";
import { setState } from "../set_state";

const english = tables.en as Record<string, string>;
const source = join(import.meta.dirname, "..", "..", "src");
const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.startsWith("i18n"))
  .map((name) => ({ name, text: readFileSync(join(source, name), "utf8") }));

beforeEach(() => {
  setState(locale, "en");
});

const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

test.each(LOCALES)("%s has every text, with the same values in it", (language) => {
  const table = tables[language] as Record<string, string>;
  expect(Object.keys(table).sort()).toEqual(Object.keys(english).sort());
  for (const [key, text] of Object.entries(table)) {
    expect(text.trim(), key).not.toBe("");
    expect(placeholders(text), `${language} ${key}`).toEqual(placeholders(english[key]!));
  }
});

test("the languages differ", () => {
  for (const language of ["de", "ko"] as const) {
    const table = tables[language] as Record<string, string>;
    const same = Object.keys(english).filter(
      (key) =>
        key !== "app.name" &&
        english[key] === table[key] &&
        /[a-z]{4}.* [a-z]{3}/i.test(english[key]!),
    );
    expect(same, language).toEqual([]);
  }
});

test("every key used in the code exists", () => {
  for (const { name, text } of files) {
    for (const [, call, key] of text.matchAll(/\b(t|plural)\(\s*"([^"]+)"/g)) {
      const wanted = call === "plural" ? `${key}.one` : key!;
      expect(Object.hasOwn(english, wanted), `${name}: ${key}`).toBe(true);
    }
  }
});

test("every key is used", () => {
  const code = files.map(({ text }) => text).join("\n");
  // Keys that are put together: `t(`model.${state}`)` uses all that begin with "model.".
  const stems = [...code.matchAll(/`([\w.]+\.)\$\{/g)].map(([, stem]) => stem!);
  const index = readFileSync(join(source, "i18n", "index.ts"), "utf8");
  stems.push(...[...index.matchAll(/`([\w.]+\.)\$\{/g)].map(([, stem]) => stem!));
  // Sentences of the server: `tCoded("warning", …)` uses all that begin with "warning.".
  stems.push(...[...code.matchAll(/tCoded\("(\w+)"/g)].map(([, origin]) => `${origin}.`));
  const unused = Object.keys(english).filter((key) => {
    const stem = key.replace(/\.(one|other)$/, "");
    return (
      !code.includes(`"${key}"`) &&
      !code.includes(`"${stem}"`) &&
      !index.includes(`"${key}"`) &&
      !stems.some((used) => key.startsWith(used))
    );
  });
  expect(unused).toEqual([]);
});

test("no view contains literal text", () => {
  for (const { name, text } of files.filter((file) => file.name.endsWith(".tsx"))) {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
    const written = [...code.matchAll(/>\s*([A-Z][a-z]+(?: [a-z]+)*[.…!?]?)\s*<\//g)];
    const named = [...code.matchAll(/\b(?:title|aria-label|placeholder|alt|label)="([^"]{2,})"/g)];
    expect([...written, ...named].map(([, words]) => `${name}: ${words}`)).toEqual([]);
  }
});

test("values and plural forms are filled in", () => {
  expect(plural("facts.pages", 1)).toBe("1 page");
  expect(plural("facts.pages", 1200)).toBe("1,200 pages");
  setState(locale, "de");
  expect(plural("facts.pages", 1200)).toBe("1.200 Seiten");
  setState(locale, "ko");
  expect(plural("facts.pages", 1)).toBe("1페이지");
  expect(t("attachment.page" as Key, { page: 3 })).toBe("3페이지");
});

test("values are inserted verbatim, even if they look like placeholders", () => {
  expect(t("list.deleted", { title: "{title} $& <b>" })).toBe("Deleted: {title} $& <b>");
});

test("sizes use the format of the language", () => {
  expect(fileSize(2_400_000)).toBe("2.4 MB");
  setState(locale, "de");
  expect(fileSize(2_400_000)).toBe("2,4 MB");
});

test("table numbers keep their digits and get the language's decimal sign", () => {
  expect(["8.917", "−0.020", "+0.10"].map(decimal)).toEqual(["8.917", "−0.020", "+0.10"]);
  setState(locale, "de");
  expect(["8.917", "−0.020", "+0.10"].map(decimal)).toEqual(["8,917", "−0,020", "+0,10"]);
  expect(["H7", "2015-12-10", "ISO 286-1:2010", "1.2.3"].map(decimal)).toEqual([
    "H7",
    "2015-12-10",
    "ISO 286-1:2010",
    "1.2.3",
  ]);
  expect(["8,917", "-0,020", "8.917", "1,2,3", "M8"].map(plainDecimal)).toEqual([
    "8.917",
    "-0.020",
    "8.917",
    "1,2,3",
    "M8",
  ]);
});

test("the first supported browser language is used", () => {
  expect(preferredLocale(["fr-FR", "ko-KR", "de"])).toBe("ko");
  expect(preferredLocale(["fr", "ja"])).toBe("en");
});
