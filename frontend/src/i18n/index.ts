/** The texts of the page in its language, and numbers and dates in the format of that language. */
import type { CodedSentence } from "../api/types";
import { LOCALES, type Locale, locale } from "../store/settings";
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

/** As `t`, with the plural form `key.one` or `key.other` for `count`, which is also a value. */
export function plural(key: PluralKey, count: number, values: Values = {}): string {
  const form = new Intl.PluralRules(locale.value).select(count) === "one" ? "one" : "other";
  return t(`${key}.${form}` as Key, { count: number(count), ...values });
}

type PluralKey = { [K in Key]: K extends `${infer Stem}.one` ? Stem : never }[Key];

/** The text of an error code, or null if the page has none. */
export function tCode(code: string): string | null {
  return known(`error.${code}`);
}

/** The name of a tool; unknown tools keep their technical name. */
export function tTool(name: string): string {
  return known(`tool.name.${name}`) ?? name.replaceAll("_", " ");
}

/** A key or word of a tool's result; unknown ones are shown as they are. */
export function tResult(key: string): string {
  return known(`result.${key}`) ?? key.replaceAll("_", " ");
}

/** Where a sentence of the server comes from: each origin has its own codes. */
type Origin = "note" | "warning" | "table" | "standard";

/** A sentence of the server in the page's language; `english` if the page has no text for its code. */
export function tCoded(
  origin: Origin,
  english: string,
  coded: CodedSentence | null | undefined,
): string {
  const key = `${origin}.${coded?.code}`;
  if (!coded || !hasKey(key)) return english;
  const values = Object.entries(coded.values).map(([name, value]) => [
    name,
    typeof value === "number" ? number(value) : value,
  ]);
  return t(key, Object.fromEntries(values) as Values);
}

/** Why a file was refused and what to do, or null if the page has no text for the reason. */
export function tRefusal(reason: string | undefined): string | null {
  return reason === undefined ? null : known(`refusal.${reason}`);
}

/** A loading phase of the engine; unknown phases are shown as they are. */
export function tPhase(phase: string, values: Values = {}): string {
  return known(`phase.${phase}`, values) ?? phase;
}

/** The name of a language in that language. */
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

/** A decimal number with the language's decimal sign; all digits are kept. */
export function decimal(text: string): string {
  return /^[+\-−±]?\d+\.\d+$/.test(text) ? text.replace(".", decimalSign()) : text;
}

/** The inverse of `decimal`, also for numbers typed by a person. */
export function plainDecimal(text: string): string {
  const number = text.split(decimalSign()).join(".");
  return /^[+\-−±]?\d+\.\d+$/.test(number) ? number : text;
}

function decimalSign(): string {
  const parts = new Intl.NumberFormat(locale.value).formatToParts(1.5);
  return parts.find(({ type }) => type === "decimal")?.value ?? ".";
}

/** A file size in a suitable unit. */
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

/** The time if it is today, else the date. `at` in seconds since 1970. */
export function when(at: number): string {
  const date = new Date(at * 1000);
  const today = date.toDateString() === new Date().toDateString();
  const style = today ? ({ timeStyle: "short" } as const) : ({ dateStyle: "medium" } as const);
  return new Intl.DateTimeFormat(locale.value, style).format(date);
}

/** The first browser language that the page supports, else English. */
export function preferredLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    const found = LOCALES.find((known) => language.toLowerCase().split("-")[0] === known);
    if (found) return found;
  }
  return "en";
}
