/** The URL fragment `#/c/{id}` names the open conversation, so reloads and links return to it. */

export function conversationInAddress(): string | null {
  const found = /^#\/c\/([\w-]+)$/.exec(location.hash);
  return found?.[1] ?? null;
}

/** Write the conversation to the URL; the first one replaces the empty history entry. */
export function rememberConversation(id: string | null): void {
  if (conversationInAddress() === id) return;
  const address = id === null ? "#/" : `#/c/${id}`;
  if (conversationInAddress() === null) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}

/** Call `open` on back, forward and changes of the URL. */
export function followAddress(open: (conversation: string | null) => void): void {
  window.addEventListener("popstate", () => open(conversationInAddress()));
}
