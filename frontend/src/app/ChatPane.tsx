/** The chat pane: messages, model state and composer. */

import { Announcer } from "../chat/Announcer";
import { Composer } from "../chat/Composer";
import { MessageList } from "../chat/MessageList";
import { NoMessages } from "../chat/NoMessages";
import { loadConversation, openConversation } from "../chat/open_conversation";
import { t } from "../i18n";
import { problemText } from "../i18n/problem_text";
import * as store from "../store";
import { ModelBanner } from "./ModelState";

export function ChatPane() {
  return (
    <div class="chat">
      <Body />
      <Announcer />
      <ModelBanner />
      <Composer />
    </div>
  );
}

function Body() {
  const problem = store.conversationProblem.value;
  const id = store.conversationId.value;
  if (problem && id) {
    return (
      <div class="chat-problem" role="alert">
        <p>{problem.code === "not_found" ? t("chat.gone") : problemText(problem)}</p>
        <div class="row">
          {problem.code !== "not_found" && (
            <button type="button" class="button" onClick={() => void loadConversation(id)}>
              {t("action.retry")}
            </button>
          )}
          <button type="button" class="button" onClick={() => void openConversation(null)}>
            {t("list.new")}
          </button>
        </div>
      </div>
    );
  }
  if (store.path.value.length > 0) return <MessageList />;
  if (store.loadingConversation.value)
    return <p class="loading-conversation">{t("chat.loading")}</p>;
  return <NoMessages />;
}
