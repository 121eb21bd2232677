/** What a person has set stays: theme, language, the splitter, the list. Per browser. */
import { effect } from "@preact/signals";
import { locales, preferredLocale, type Locale } from "./i18n";
import * as store from "./store";
import type { Theme } from "./store";

const STORED_AS = "drawing-chat.preferences";

interface Preferences {
  theme?: Theme;
  locale?: Locale;
  chatShare?: number;
  sidebarOpen?: boolean;
}

/** Read what is kept, then keep every change and show theme and language on the document. */
export function startPreferences(): void {
  const kept = read();
  store.theme.value = kept.theme ?? "system";
  store.locale.value = kept.locale ?? preferredLocale(navigator.languages);
  store.chatShare.value = kept.chatShare ?? store.chatShare.value;
  store.sidebarOpen.value = kept.sidebarOpen ?? window.innerWidth >= 1200;
  effect(() => {
    document.documentElement.lang = store.locale.value;
    document.documentElement.dataset["theme"] = store.theme.value;
  });
  effect(() => {
    const preferences: Preferences = {
      theme: store.theme.value,
      locale: store.locale.value,
      chatShare: store.chatShare.value,
      sidebarOpen: store.sidebarOpen.value,
    };
    localStorage.setItem(STORED_AS, JSON.stringify(preferences));
  });
}

function read(): Preferences {
  try {
    const value = JSON.parse(localStorage.getItem(STORED_AS) ?? "{}") as Preferences;
    const share = value.chatShare;
    if (value.locale && !locales.includes(value.locale)) delete value.locale;
    if (typeof share !== "number" || !(share >= 0.2 && share <= 0.8)) delete value.chatShare;
    return value;
  } catch {
    return {};
  }
}
