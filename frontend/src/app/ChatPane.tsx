/** The conversation: messages, the model's state, the question being written. */
import { loadConversation, openConversation } from "../opening";
import { t } from "../i18n";
import { problemText } from "../problem";
import * as store from "../store";
import { Announcer } from "./Announcer";
import { Composer } from "./Composer";
import { MessageList } from "./MessageList";
import { ModelBanner } from "./ModelState";
import { NoMessages } from "./Welcome";

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
  if (store.loadingConversation.value) return <p class="loading-conversation">{t("chat.loading")}</p>;
  return <NoMessages />;
}
