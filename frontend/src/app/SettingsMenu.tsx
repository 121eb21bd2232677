/** The settings menu: language, theme, export and import, sign-out, keyboard shortcuts. */
import { exportAddress } from "../api/addresses";
import { importConversation } from "../chat/open_conversation";
import { t, tLanguage } from "../i18n";
import * as store from "../store";
import { Icon } from "./controls/Icon";
import { useMenu } from "./controls/use_menu";
import { SignOut } from "./SignOut";

/** Import a conversation that was saved as JSON. */
function chooseSaved(done: () => void): void {
  const field = document.createElement("input");
  field.type = "file";
  field.accept = ".json,application/json";
  field.onchange = () => {
    const file = field.files?.[0];
    if (file) void importConversation(file).then(done);
  };
  field.click();
}

const THEMES: store.Theme[] = ["system", "light", "dark"];

export function SettingsMenu() {
  const { close, details } = useMenu();
  const conversation = store.conversationId.value;
  return (
    <details class="menu" {...details}>
      <summary class="icon-button" title={t("settings.name")} aria-label={t("settings.name")}>
        <Icon name="settings" />
      </summary>
      <div class="menu-body">
        <label>
          {t("settings.language")}
          <select
            value={store.locale.value}
            onChange={(event) => store.setLocale(event.currentTarget.value as store.Locale)}
          >
            {store.LOCALES.map((locale) => (
              <option key={locale} value={locale} lang={locale}>
                {tLanguage(locale)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("settings.theme")}
          <select
            value={store.theme.value}
            onChange={(event) => store.setTheme(event.currentTarget.value as store.Theme)}
          >
            {THEMES.map((theme) => (
              <option key={theme} value={theme}>
                {t(`theme.${theme}`)}
              </option>
            ))}
          </select>
        </label>
        {conversation && (
          <p class="menu-links">
            <a href={exportAddress(conversation, "md", store.lastStored.value)} download>
              {t("settings.exportMarkdown")}
            </a>
            <a href={exportAddress(conversation, "json")} download>
              {t("settings.exportJson")}
            </a>
          </p>
        )}
        <button type="button" class="button" onClick={() => chooseSaved(close)}>
          {t("settings.import")}
        </button>
        <SignOut />
        <dl class="keys">
          {(["send", "newline", "stop", "region"] as const).map((key) => (
            <div key={key}>
              <dt>{t(`keys.${key}.key`)}</dt>
              <dd>{t(`keys.${key}.does`)}</dd>
            </div>
          ))}
        </dl>
        {store.serverVersion.value && (
          <p class="quiet small">{t("settings.version", { version: store.serverVersion.value })}</p>
        )}
      </div>
    </details>
  );
}
