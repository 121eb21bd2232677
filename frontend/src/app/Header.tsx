/** The header: sidebar button, title, model state, connection and settings. */

import type { Connection } from "../api/socket";
import { openConversation } from "../chat/open_conversation";
import { type Key, t } from "../i18n";
import * as store from "../store";
import { IconButton } from "./controls/IconButton";
import { ModelLine } from "./ModelState";
import { SettingsMenu } from "./SettingsMenu";

export function Header() {
  const open = store.sidebarOpen.value;
  const current = store.conversations.value.find((one) => one.id === store.conversationId.value);
  return (
    <header class="header">
      <IconButton
        icon="menu"
        label={t(open ? "list.hide" : "list.show")}
        aria-expanded={open}
        onClick={() => store.setSidebarOpen(!open)}
      />
      <h1 class="title">
        <bdi>{current?.title || t("app.name")}</bdi>
      </h1>
      {!open && (
        <IconButton icon="plus" label={t("list.new")} onClick={() => void openConversation(null)} />
      )}
      <span class="grow" />
      <PaneSwitch />
      <ConnectionLine />
      <ModelLine />
      <SettingsMenu />
    </header>
  );
}

const connectionWords: Record<Connection, Key | null> = {
  open: null,
  connecting: "connection.connecting",
  waiting: "connection.waiting",
  offline: "connection.offline",
};

function ConnectionLine() {
  const words = connectionWords[store.connection.value];
  return (
    <span class="connection-line" role="status">
      {words && t(words)}
    </span>
  );
}

/** Switches between drawing and chat on narrow pages. */
function PaneSwitch() {
  const panes: store.Pane[] = ["drawing", "chat"];
  return (
    <div class="pane-switch narrow-only" role="group" aria-label={t("pane.switch")}>
      {panes.map((pane) => (
        <button
          key={pane}
          type="button"
          aria-pressed={store.narrowPane.value === pane}
          onClick={() => store.showPane(pane)}
        >
          {t(`pane.${pane}`)}
        </button>
      ))}
    </div>
  );
}
