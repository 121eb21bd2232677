/** The list of conversations: search, open, rename, delete. */
import { useSignal } from "@preact/signals";
import type { Conversation } from "../api/types";
import { sidebarCoversPanes } from "../app/controls/breakpoints";
import { Icon } from "../app/controls/Icon";
import { IconButton } from "../app/controls/IconButton";
import { useInitialFocus } from "../app/controls/use_initial_focus";
import { t, when } from "../i18n";
import * as store from "../store";
import {
  deleteConversation,
  loadMoreConversations,
  renameConversation,
  searchConversations,
} from "./conversations";

interface Props {
  /** Open a conversation, or with null a new one. */
  open: (id: string | null) => void;
}

export function Sidebar({ open }: Props) {
  const go = (id: string | null): void => {
    open(id);
    if (sidebarCoversPanes()) store.setSidebarOpen(false);
  };
  const search = useSignal("");
  if (!store.sidebarOpen.value) return null;
  const found = store.foundConversations.value;
  const shown = found ?? store.conversations.value;
  return (
    <nav class="sidebar" aria-label={t("list.name")}>
      <button type="button" class="button new" onClick={() => go(null)}>
        <Icon name="plus" />
        {t("list.new")}
      </button>
      <input
        type="search"
        class="field"
        placeholder={t("list.search")}
        aria-label={t("list.search")}
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value;
          searchConversations(search.value);
        }}
      />
      <ul class="conversations">
        {shown.map((one) => (
          <Row key={one.id} conversation={one} go={go} />
        ))}
      </ul>
      {shown.length === 0 && <p class="quiet none">{t(found ? "list.nothing" : "list.empty")}</p>}
      {!found && store.moreConversations.value && (
        <button type="button" class="button" onClick={() => void loadMoreConversations()}>
          {t("list.more")}
        </button>
      )}
    </nav>
  );
}

interface RowProps {
  conversation: Conversation;
  go: (id: string | null) => void;
}

function Row({ conversation, go }: RowProps) {
  const { id, title, updated_at } = conversation;
  const editing = useSignal(false);
  if (editing.value)
    return <RenameRow id={id} title={title} done={() => (editing.value = false)} />;
  const isOpen = store.conversationId.value === id;
  const running = [...store.runningTurns.value.values()].includes(id);
  return (
    <li class={`conversation ${isOpen ? "open" : ""}`}>
      <a
        href={`#/c/${id}`}
        aria-current={isOpen ? "page" : undefined}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          go(id);
        }}
      >
        <bdi class="conversation-title">{title || t("list.untitled")}</bdi>
        <span class="quiet small">{running ? t("list.answering") : when(updated_at)}</span>
      </a>
      <span class="conversation-actions">
        <IconButton
          icon="edit"
          label={t("list.rename", { title })}
          onClick={() => (editing.value = true)}
        />
        <IconButton
          icon="trash"
          label={t("list.delete", { title })}
          onClick={() => deleteConversation(id, go)}
        />
      </span>
    </li>
  );
}

function RenameRow({ id, title, done }: { id: string; title: string; done: () => void }) {
  const field = useInitialFocus<HTMLInputElement>();
  const finish = ({ value }: HTMLInputElement): void => {
    const next = value.trim();
    if (next && next !== title) void renameConversation(id, next);
    done();
  };
  return (
    <li class="conversation">
      <input
        class="field"
        maxLength={255}
        defaultValue={title}
        aria-label={t("list.rename", { title })}
        ref={field}
        onBlur={(event) => finish(event.currentTarget)}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === "Enter") finish(event.currentTarget);
          if (event.key === "Escape") {
            event.preventDefault();
            done();
          }
        }}
      />
    </li>
  );
}
