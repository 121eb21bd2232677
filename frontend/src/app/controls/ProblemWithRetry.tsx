/** An error message with a button to try again. */
import type { JSX } from "preact";
import type { Problem } from "../../api/types";
import { t } from "../../i18n";
import { problemText } from "../../i18n/problem_text";

interface Props {
  problem: Problem;
  retry: () => void;
}

export function ProblemWithRetry({ problem, retry }: Props): JSX.Element {
  return (
    <div role="alert">
      <p class="problem">{problemText(problem)}</p>
      <button type="button" class="button" onClick={retry}>
        {t("action.retry")}
      </button>
    </div>
  );
}
