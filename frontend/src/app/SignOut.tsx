/** Shows the signed-in owner and a sign-out button; nothing if the server needs no token. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../api/client";
import { problemOf } from "../api/http";
import { t } from "../i18n";
import { problemText } from "../i18n/problem_text";

export function SignOut() {
  const owner = useSignal<string | null>(null);
  const problem = useSignal("");
  useEffect(() => {
    api.session().then(
      (session) => (owner.value = session.token_needed ? session.owner : null),
      () => undefined, // unreachable: the header shows it
    );
  }, [owner]);
  if (owner.value === null) return null;
  const leave = async (): Promise<void> => {
    try {
      await api.signOut();
      // Leave nothing of this owner behind: memory and address are replaced, and drafts are cleared
      // after the page has saved them for the last time.
      window.addEventListener("pagehide", () => sessionStorage.clear());
      location.replace(location.pathname);
    } catch (error) {
      problem.value = problemText(problemOf(error));
    }
  };
  return (
    <div class="sign-out">
      <p class="quiet small">{t("signIn.as", { owner: owner.value })}</p>
      <button type="button" class="button" onClick={() => void leave()}>
        {t("signIn.out")}
      </button>
      {problem.value && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
    </div>
  );
}
