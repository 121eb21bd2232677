/** Language and colour scheme. */
import { signal } from "@preact/signals";
import { readOnly } from "./read_only";

export const LOCALES = ["en", "de", "ko"] as const;
export type Locale = (typeof LOCALES)[number];
export type Theme = "system" | "light" | "dark";

const state = {
  theme: signal<Theme>("system"),
  locale: signal<Locale>("en"),
};
export const { theme, locale } = readOnly(state);

export function setTheme(next: Theme): void {
  state.theme.value = next;
}

export function setLocale(next: Locale): void {
  state.locale.value = next;
}
