/** Starts the page: preferences, the conversation in the address, the connection. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { onUnauthorized } from "./api/http";
import { watchUploads } from "./chat/questions";
import { catchUp, openConversation, turns } from "./chat/open_conversation";
import { deleteConversationsNow } from "./library/conversations";
import { keepDraft, restoreDraft } from "./store/kept_draft";
import { startPreferences } from "./app/preferences";
import { conversationInAddress, followAddress } from "./chat/address";
import { deleteDrawingsNow } from "./library/recent_drawings";
import { requireSignIn, signedOut } from "./store";
import "./app/index.css";
import { App } from "./app/App";

onUnauthorized(requireSignIn);
startPreferences();
watchUploads();
followAddress((conversation) => void openConversation(conversation));
window.addEventListener("pagehide", () => {
  keepDraft();
  deleteConversationsNow();
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
