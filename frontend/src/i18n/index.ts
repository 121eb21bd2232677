/**
 * Every word that the page shows, in three languages, and numbers and dates written as the
 * language does. English is the measure: the others must have exactly its keys.
 */
import type { NoteCode } from "../api/frames";
import { LOCALES, locale, type Locale } from "../store/settings";
import { de } from "./de";
import { en } from "./en";
import { ko } from "./ko";
import type { Key, Texts } from "./texts";

export type { Key } from "./texts";

export const tables = { en, de, ko } satisfies Record<Locale, Texts>;

type Values = Record<string, string | number>;

/** The text in the page's language; `{name}` is replaced by that value. */
export function t(key: Key, values: Values = {}): string {
  return fill(tables[locale.value][key], values);
}

/** As `t`, choosing `key.one` or `key.other` by `count`, which is also a value. */
export function plural(key: PluralKey, count: number, values: Values = {}): string {
  const form = new Intl.PluralRules(locale.value).select(count) === "one" ? "one" : "other";
  return t(`${key}.${form}` as Key, { count: number(count), ...values });
}

type PluralKey = { [K in Key]: K extends `${infer Stem}.one` ? Stem : never }[Key];

/** The text for a code that the server sends, or null where the table has none. */
export function tCode(code: string): string | null {
  return known(`error.${code}`);
}

/** What a tool does, in words; of an unknown one its name. */
export function tTool(name: string): string {
  return known(`tool.name.${name}`) ?? name.replaceAll("_", " ");
}

/** A key or a word of a tool's result; one without words here as it is called. */
export function tResult(key: string): string {
  return known(`result.${key}`) ?? key.replaceAll("_", " ");
}

/** A note of the server in the page's language; one that has no words here as the server says it. */
export function tNote(english: string, note: NoteCode | undefined): string {
  const key = `note.${note?.code}`;
  if (!note || !(key in en)) return english;
  const values = Object.entries(note.values).map(([name, value]) => [
    name,
    typeof value === "number" ? number(value) : value,
  ]);
  return t(key as Key, Object.fromEntries(values) as Values);
}

/** What the engine is doing; a phase without words here is shown as it is called. */
export function tPhase(phase: string, values: Values = {}): string {
  return known(`phase.${phase}`, values) ?? phase;
}

/** Each language under its own name. */
export const tLanguage = (language: Locale): string => tables[language]["language.name"];

/** Whether the page has a text of this key. */
export const hasKey = (key: string): key is Key => key in en;

function known(key: string, values: Values = {}): string | null {
  return key in en ? t(key as Key, values) : null;
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale.value, { maximumFractionDigits: digits }).format(value);
}

/** A number as programs write it, each digit kept, with the language's decimal sign. */
export function decimal(text: string): string {
  return /^[+\-−±]?\d+\.\d+$/.test(text) ? text.replace(".", decimalSign()) : text;
}

/** What `decimal` has written, or a person, as programs write it. */
export function plainDecimal(text: string): string {
  const number = text.split(decimalSign()).join(".");
  return /^[+\-−±]?\d+\.\d+$/.test(number) ? number : text;
}

function decimalSign(): string {
  const parts = new Intl.NumberFormat(locale.value).formatToParts(1.5);
  return parts.find(({ type }) => type === "decimal")?.value ?? ".";
}

/** Bytes in the unit that suits them. */
export function fileSize(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const power = Math.min(3, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return new Intl.NumberFormat(locale.value, {
    style: "unit",
    unit: units[power] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: bytes < 1e7 && power > 1 ? 1 : 0,
  }).format(bytes / 1000 ** power);
}

export function seconds(value: number): string {
  return new Intl.NumberFormat(locale.value, {
    style: "unit",
    unit: value < 90 ? "second" : "minute",
    unitDisplay: "short",
    maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value < 90 ? value : value / 60);
}

/** A time today, else a date. `at` in seconds since 1970. */
export function when(at: number): string {
  const date = new Date(at * 1000);
  const today = date.toDateString() === new Date().toDateString();
  const style = today ? ({ timeStyle: "short" } as const) : ({ dateStyle: "medium" } as const);
  return new Intl.DateTimeFormat(locale.value, style).format(date);
}

/** The first of the browser's languages that the page has, else English. */
export function preferredLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    const found = LOCALES.find((known) => language.toLowerCase().split("-")[0] === known);
    if (found) return found;
  }
  return "en";
}
