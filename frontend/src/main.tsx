/** Starts the page: restores preferences, opens the conversation in the URL, connects. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { onUnauthorized } from "./api/http";
import { startPreferences } from "./app/preferences";
import { conversationInAddress, followAddress } from "./chat/address";
import { catchUp, openConversation, turns } from "./chat/open_conversation";
import { watchUploads } from "./chat/questions";
import { deleteConversationsNow } from "./library/conversations";
import { deleteDrawingsNow } from "./library/recent_drawings";
import { requireSignIn, signedOut } from "./store";
import { keepDraft, restoreDraft } from "./store/kept_draft";
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
// Load changes made elsewhere when the page becomes visible again.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void catchUp();
});
render(<App />, document.getElementById("page")!);
restoreDraft();
void openConversation(conversationInAddress());
turns.socket.start();
// Without a token every attempt fails; signing in reloads the page.
effect(() => {
  if (signedOut.value) turns.socket.stop();
});
