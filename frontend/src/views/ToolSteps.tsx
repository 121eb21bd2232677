/** What the model did besides writing: where it looked, what it had computed. */
import { placeOf, type ToolStep } from "../conversation";
import { t, tTool } from "../i18n";
import { focusOn } from "../store";

export function ToolSteps({ steps }: { steps: ToolStep[] }) {
  if (steps.length === 0) return null;
  return (
    <ul class="tool-steps" aria-label={t("tool.list")}>
      {steps.map((step, at) => (
        <li key={at} class={`tool-step ${step.state}`}>
          <span>{tTool(step.name)}</span>
          <span class="quiet">{argumentsText(step)}</span>
          {step.state !== "done" && <span class="quiet">{t(`tool.${step.state}`)}</span>}
          <ShowPlace step={step} />
        </li>
      ))}
    </ul>
  );
}

function ShowPlace({ step }: { step: ToolStep }) {
  const place = placeOf(step);
  if (!place) return null;
  const show = (): void => focusOn({ ...place, label: tTool(step.name) });
  return (
    <button type="button" class="link" onClick={show}>
      {t("tool.show")}
    </button>
  );
}

/** The plain values among the arguments; boxes and ids say nothing to a person. */
function argumentsText(step: ToolStep): string {
  const plain = Object.entries(step.arguments).filter(
    ([key, value]) =>
      !["drawing", "image", "page"].includes(key) &&
      (typeof value === "number" || (typeof value === "string" && value.length < 80)),
  );
  return plain.map(([, value]) => String(value)).join(" · ");
}
