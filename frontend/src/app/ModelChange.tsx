/** Switches the model by name; the server rejects unknown or unsuitable models immediately. */
import { useState } from "preact/hooks";
import { api } from "../api/client";
import { problemOf } from "../api/http";
import type { ModelInfo } from "../api/schema";
import type { Problem } from "../api/types";
import { number, t, tPhase } from "../i18n";
import { problemDetail, problemText } from "../i18n/problem_text";
import { model, setModel } from "../store";

const EXAMPLE = "qwen3-vl:8b";

export function ModelChange() {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const change = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      setModel(await api.switchModel(name.trim()));
      setName("");
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form class="model-change" onSubmit={(event) => void change(event)}>
      <label>
        {t("plan.change")}
        <input
          class="field"
          value={name}
          placeholder={EXAMPLE}
          autocomplete="off"
          spellcheck={false}
          required
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button" disabled={busy || !name.trim()}>
        {t("plan.change.do")}
      </button>
      <p class={problem ? "small problem" : "small quiet"} role="status">
        {problem
          ? `${problemText(problem)} ${problemDetail(problem)}`.trim()
          : becoming(model.value)}
      </p>
    </form>
  );
}

/** The progress of a switch, or why it failed, while the old model keeps serving. */
function becoming(info: ModelInfo | null): string {
  if (info === null || info.state !== "ready") return t("plan.change.what");
  const { progress } = info;
  if (progress === null) return info.error ?? t("plan.change.what");
  const phase = tPhase(progress.phase, { done: progress.done, total: progress.total });
  return progress.total ? `${phase}: ${number((100 * progress.done) / progress.total)} %` : phase;
}
