/** The tool calls of an answer; collapsed once it has ended. */
import { thumbnailAddress } from "../api/addresses";
import type { ToolStep } from "../api/types";
import { plural, t, tTool } from "../i18n";
import { focusOn } from "../store";
import { ToolResult } from "./ToolResult";
import { hitsOf, placeIn } from "./tool_result";

const HITS_SHOWN = 8;

export function ToolSteps({ steps, running }: { steps: ToolStep[]; running: boolean }) {
  if (steps.length === 0) return null;
  return (
    <details class="tool-steps" open={running}>
      <summary>{plural("tool.steps", steps.length)}</summary>
      <ol aria-label={t("tool.list")}>
        {steps.map((step) => (
          <Step key={step.step} step={step} />
        ))}
      </ol>
    </details>
  );
}

function Step({ step }: { step: ToolStep }) {
  return (
    <li class={`tool-step ${step.state}`}>
      <p class="tool-line">
        <span class="tool-sign" aria-hidden="true" />
        <span>{tTool(step.name)}</span>
        <span class="quiet">{argumentsText(step)}</span>
        <span class="quiet tool-state">{t(`tool.${step.state}`)}</span>
      </p>
      {step.error && <p class="tool-error">{step.error}</p>}
      <Crop step={step} />
      <Hits step={step} />
      {step.result && <ToolResult result={step.result} note_codes={step.note_codes ?? []} />}
    </li>
  );
}

/** A thumbnail of where the model looked; a click shows the place. */
function Crop({ step }: { step: ToolStep }) {
  const place = placeIn(step.result);
  if (!place) return null;
  const label = t("tool.showPage", { page: place.page });
  return (
    <button
      type="button"
      class="tool-crop"
      title={label}
      aria-label={label}
      onClick={() => focusOn({ ...place, label: argumentsText(step) || tTool(step.name) })}
    >
      <img
        src={thumbnailAddress(place.drawing, place.page, place.box, 320)}
        alt=""
        loading="lazy"
      />
    </button>
  );
}

function Hits({ step }: { step: ToolStep }) {
  if (step.name !== "find_text" || !step.result) return null;
  const hits = hitsOf(step.result);
  const found = Math.max(Number(step.result["found"]) || 0, hits.length);
  const places = hits.map((hit) => hit.place);
  return (
    <div class="tool-hits">
      <span class="quiet">{plural("tool.hits", found)}</span>
      {hits.slice(0, HITS_SHOWN).map(({ text, place }) => (
        <button
          key={`${place.drawing}.${place.page} ${place.box}`}
          type="button"
          class="link"
          title={t("tool.showPage", { page: place.page })}
          onClick={() => focusOn({ ...place, label: text, places })}
        >
          {text}
        </button>
      ))}
      {found > HITS_SHOWN && <span class="quiet">…</span>}
    </div>
  );
}

/** The readable arguments, without boxes and ids. */
function argumentsText(step: ToolStep): string {
  const plain = Object.entries(step.arguments).filter(
    ([key, value]) =>
      !["drawing", "image", "img_idx", "page"].includes(key) &&
      (typeof value === "number" || (typeof value === "string" && value.length < 80)),
  );
  return plain.map(([, value]) => String(value)).join(" · ");
}
