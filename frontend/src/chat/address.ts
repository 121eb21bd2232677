/** The address names the conversation, `#/c/{id}`: a reload or a link comes back to it. */

export function conversationInAddress(): string | null {
  const found = /^#\/c\/([\w-]+)$/.exec(location.hash);
  return found?.[1] ?? null;
}

/** Write the conversation into the address; the first one of a page takes the place of none. */
export function rememberConversation(id: string | null): void {
  if (conversationInAddress() === id) return;
  const address = id === null ? "#/" : `#/c/${id}`;
  if (conversationInAddress() === null) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}

/** Call `open` whenever the person goes back, forward or to another address. */
export function followAddress(open: (conversation: string | null) => void): void {
  window.addEventListener("popstate", () => open(conversationInAddress()));
}
