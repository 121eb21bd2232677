/** Starts the page: preferences, the conversation in the address, the connection. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { watchUploads } from "./chat";
import { catchUp, openConversation, turns } from "./opening";
import { deleteLeavingNow } from "./conversations";
import { keepDraft, restoreDraft } from "./draft";
import { startPreferences } from "./preferences";
import { conversationInAddress, followAddress } from "./route";
import { deleteDrawingsNow } from "./shelf";
import { signedOut } from "./store";
import "./styles/index.css";
import { App } from "./views/App";

startPreferences();
watchUploads();
followAddress((conversation) => void openConversation(conversation));
window.addEventListener("pagehide", () => {
  keepDraft();
  deleteLeavingNow();
  deleteDrawingsNow();
});
// What another tab or machine has done meanwhile is fetched when this one is looked at again.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void catchUp();
});
render(<App />, document.getElementById("page")!);
restoreDraft();
void openConversation(conversationInAddress());
turns.socket.start();
// Without a token every further attempt fails too; signing in loads the page again.
effect(() => {
  if (signedOut.value) turns.socket.stop();
});
