/** The tree of messages: branches, and the path that is shown. Pure functions. */
import type { Message } from "./message";

type Messages = ReadonlyMap<string, Message>;
type Choice = ReadonlyMap<string, string>;

/** The children of each message by its id, oldest first; "" for the first questions. */
export function childrenOf(messages: Messages): Map<string, string[]> {
  const children = new Map<string, string[]>();
  for (const message of messages.values()) {
    // A missing parent (an unfinished import) must not hide its children.
    const known = message.parent_id !== null && messages.has(message.parent_id);
    const parent = known ? (message.parent_id as string) : "";
    const siblings = children.get(parent);
    if (siblings) siblings.push(message.id);
    else children.set(parent, [message.id]);
  }
  return children;
}

/** The ids of the path shown: the chosen child at each fork, else the newest. */
export function pathThrough(children: ReadonlyMap<string, string[]>, choice: Choice): string[] {
  const path: string[] = [];
  const seen = new Set<string>();
  let parent = "";
  for (;;) {
    const siblings = children.get(parent);
    if (!siblings) return path;
    const chosen = choice.get(parent);
    const next = chosen && siblings.includes(chosen) ? chosen : siblings.at(-1)!;
    if (seen.has(next)) return path;
    seen.add(next);
    path.push(next);
    parent = next;
  }
}

/** The messages with some ids replaced, in the same order; parent ids follow. */
export function renamed(
  messages: Messages,
  names: ReadonlyMap<string, string>,
): Map<string, Message> {
  const result = new Map<string, Message>();
  for (const message of messages.values()) {
    const id = names.get(message.id) ?? message.id;
    const parent =
      message.parent_id === null ? null : (names.get(message.parent_id) ?? message.parent_id);
    const same = id === message.id && parent === message.parent_id;
    result.set(id, same ? message : { ...message, id, parent_id: parent });
  }
  return result;
}
