/** What a person has set stays: theme, language, the splitter, the list, the map. Per browser. */
import { effect, signal } from "@preact/signals";
import { locales, preferredLocale, type Locale } from "../i18n";
import * as store from "../store";
import type { Theme } from "../store";

const STORED_AS = "drawing-chat.preferences";

interface Preferences {
  theme?: Theme;
  locale?: Locale;
  chatShare?: number;
  sidebarOpen?: boolean;
  mapShown?: boolean;
  mapHidden?: readonly string[];
}

/** Read what is kept, then keep every change and show theme and language on the document. */
export function startPreferences(): void {
  const kept = read();
  store.theme.value = kept.theme ?? "system";
  store.locale.value = kept.locale ?? preferredLocale(navigator.languages);
  store.chatShare.value = kept.chatShare ?? store.chatShare.value;
  // Where the list lies over everything, it is only opened by hand, and not for ever.
  const wanted = signal(kept.sidebarOpen ?? window.innerWidth >= 1200);
  store.sidebarOpen.value = wanted.value && !listLiesOver();
  coveredWindow().addEventListener("change", ({ matches }) => {
    store.sidebarOpen.value = !matches && wanted.peek();
  });
  effect(() => {
    const open = store.sidebarOpen.value;
    if (!listLiesOver()) wanted.value = open;
  });
  store.mapShown.value = kept.mapShown ?? false;
  store.mapHidden.value = kept.mapHidden ?? [];
  effect(() => {
    document.documentElement.lang = store.locale.value;
    document.documentElement.dataset["theme"] = store.theme.value;
  });
  effect(() => {
    const preferences: Preferences = {
      theme: store.theme.value,
      locale: store.locale.value,
      chatShare: store.chatShare.value,
      sidebarOpen: wanted.value,
      mapShown: store.mapShown.value,
      mapHidden: store.mapHidden.value,
    };
    localStorage.setItem(STORED_AS, JSON.stringify(preferences));
  });
}

/** Whether the list of conversations lies over the panes (`sidebar.css` has the same width). */
export function listLiesOver(): boolean {
  return coveredWindow().matches;
}

function coveredWindow(): MediaQueryList {
  return matchMedia("(max-width: 1000px)");
}

/** Whether the page shows one thing at a time (`layout.css` has the same width). */
export function narrow(): boolean {
  return matchMedia("(max-width: 700px)").matches;
}

function read(): Preferences {
  try {
    const value = JSON.parse(localStorage.getItem(STORED_AS) ?? "{}") as Preferences;
    const share = value.chatShare;
    if (value.locale && !locales.includes(value.locale)) delete value.locale;
    if (!Array.isArray(value.mapHidden)) delete value.mapHidden;
    if (typeof share !== "number" || !(share >= 0.2 && share <= 0.8)) delete value.chatShare;
    return value;
  } catch {
    return {};
  }
}
