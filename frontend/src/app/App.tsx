/** The page: header, sidebar, drawing pane and side panel. */
import { useEffect } from "preact/hooks";
import { openConversation } from "../chat/open_conversation";
import { stopAnswer } from "../chat/questions";
import { ComparePane } from "../compare/ComparePane";
import { DataPane } from "../data/DataPane";
import { t } from "../i18n";
import { DropTarget } from "../library/DropTarget";
import { FileField } from "../library/FilePicker";
import { Sidebar } from "../library/Sidebar";
import * as store from "../store";
import { ChatPane } from "./ChatPane";
import { sidebarCoversPanes } from "./controls/breakpoints";
import { DrawingPane } from "./DrawingPane";
import { Header } from "./Header";
import { Notices } from "./Notices";
import { SideTabs } from "./SideTabs";
import { SignIn } from "./SignIn";
import { Splitter } from "./Splitter";

export function App() {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      // Menus and dialogs handle Escape first and call preventDefault.
      if (event.key !== "Escape" || event.defaultPrevented || store.regionMode.value) return;
      if (store.sidebarOpen.value && sidebarCoversPanes()) {
        store.setSidebarOpen(false);
        document.querySelector<HTMLElement>(".header button")?.focus();
      } else stopAnswer();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
  if (store.signedOut.value) return <SignIn />;
  const share = { "--chat-share": String(store.chatShare.value) };
  return (
    <div class="page" data-pane={store.narrowPane.value}>
      <Header />
      <div class="body">
        <Sidebar open={(id) => void openConversation(id)} />
        {store.sidebarOpen.value && (
          <div class="sidebar-shade" onClick={() => store.setSidebarOpen(false)} />
        )}
        <main class="panes" style={share}>
          <section class="drawing-pane" aria-label={t("pane.drawing")}>
            <DrawingPane />
          </section>
          <Splitter />
          <section class="chat-pane" aria-label={t("pane.chat")}>
            <div class="side">
              <SideTabs />
              <Side />
            </div>
          </section>
        </main>
      </div>
      <FileField />
      <DropTarget />
      <Notices />
    </div>
  );
}

function Side() {
  if (store.drawings.value.length > 0 && store.side.value === "data") return <DataPane />;
  if (store.drawings.value.length > 0 && store.side.value === "compare") return <ComparePane />;
  return <ChatPane />;
}
