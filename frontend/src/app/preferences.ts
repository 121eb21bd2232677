/** Keeps theme, language, splitter, sidebar and map settings in the local storage. */
import { effect, signal } from "@preact/signals";
import { preferredLocale } from "../i18n";
import * as store from "../store";
import { LOCALES, type Locale, type Theme } from "../store";
import { coveringWidth, sidebarCoversPanes } from "./controls/breakpoints";

const STORED_AS = "drawing-chat.preferences";

interface Preferences {
  theme?: Theme;
  locale?: Locale;
  chatShare?: number;
  sidebarOpen?: boolean;
  mapShown?: boolean;
  mapHidden?: readonly string[];
}

/** Restore the settings, then save every change and apply theme and language to the document. */
export function startPreferences(): void {
  const kept = read();
  store.setTheme(kept.theme ?? "system");
  store.setLocale(kept.locale ?? preferredLocale(navigator.languages));
  store.setChatShare(kept.chatShare ?? store.chatShare.value);
  // A sidebar that covers the panes is opened by hand only, and this is not saved.
  const openWhenWide = signal(kept.sidebarOpen ?? window.innerWidth >= 1200);
  store.setSidebarOpen(openWhenWide.value && !sidebarCoversPanes());
  coveringWidth().addEventListener("change", ({ matches }) => {
    store.setSidebarOpen(!matches && openWhenWide.peek());
  });
  effect(() => {
    const open = store.sidebarOpen.value;
    if (!sidebarCoversPanes()) openWhenWide.value = open;
  });
  store.setMapShown(kept.mapShown ?? false);
  store.setMapHidden(kept.mapHidden ?? []);
  effect(() => {
    document.documentElement.lang = store.locale.value;
    document.documentElement.dataset["theme"] = store.theme.value;
  });
  effect(() => {
    const preferences: Preferences = {
      theme: store.theme.value,
      locale: store.locale.value,
      chatShare: store.chatShare.value,
      sidebarOpen: openWhenWide.value,
      mapShown: store.mapShown.value,
      mapHidden: store.mapHidden.value,
    };
    localStorage.setItem(STORED_AS, JSON.stringify(preferences));
  });
}

function read(): Preferences {
  try {
    const value = JSON.parse(localStorage.getItem(STORED_AS) ?? "{}") as Preferences;
    const share = value.chatShare;
    if (value.locale && !LOCALES.includes(value.locale)) delete value.locale;
    if (!Array.isArray(value.mapHidden)) delete value.mapHidden;
    if (typeof share !== "number" || !(share >= 0.2 && share <= 0.8)) delete value.chatShare;
    return value;
  } catch {
    return {};
  }
}
