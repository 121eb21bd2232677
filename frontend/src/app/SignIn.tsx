/** The sign-in form, shown when the server requires a token. */
import { useSignal } from "@preact/signals";
import { api } from "../api/client";
import { problemOf } from "../api/http";
import { t } from "../i18n";
import { problemText } from "../i18n/problem_text";

export function SignIn() {
  const token = useSignal("");
  const problem = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    busy.value = true;
    try {
      await api.signIn(token.value.trim());
      location.reload();
    } catch (error) {
      const found = problemOf(error);
      problem.value = found.code === "unauthorized" ? t("signIn.wrong") : problemText(found);
      busy.value = false;
    }
  };
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>{t("app.name")}</h1>
        <p class="quiet">{t("signIn.why")}</p>
        <label>
          {t("signIn.token")}
          <input
            class="field"
            type="password"
            autocomplete="current-password"
            required
            // biome-ignore lint/a11y/noAutofocus: it is the only field of the page
            autoFocus
            value={token.value}
            aria-invalid={problem.value !== ""}
            aria-describedby="sign-in-problem"
            onInput={(event) => (token.value = event.currentTarget.value)}
          />
        </label>
        <p id="sign-in-problem" class="problem" role="alert">
          {problem.value}
        </p>
        <button type="submit" class="button primary" disabled={busy.value}>
          {t("signIn.enter")}
        </button>
      </form>
    </main>
  );
}
