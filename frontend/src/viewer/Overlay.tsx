/**
 * Draws over the sheet: search results, attached regions, the rectangle being marked, the place of
 * a value. Shapes are in canvas pixels in one group with the canvas matrix, so zooming and rotating
 * change one attribute; labels stay upright in screen pixels.
 */
import { computed } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";

import { t } from "../i18n";
import { clearFocus, type FocusRequest, placeIndex, stepFocus } from "../store";
import { type Box, boxOnScreen, withMargin } from "./geometry";
import { RegionLabel } from "./RegionLabel";
import { ViewerButton } from "./ViewerButton";
import type { ViewerModel } from "./viewer_model";
import { Zone } from "./Zone";

interface OverlayProps {
  model: ViewerModel;
  /** Drawn below and above the region labels by other parts of the page. */
  below?: ComponentChildren;
  above?: ComponentChildren;
}

export function Overlay({ model, below, above }: OverlayProps): JSX.Element {
  const transform = useMemo(
    () =>
      computed(() => {
        const { a, b, c, d, e, f } = model.camera.matrix.value;
        return `matrix(${a} ${b} ${c} ${d} ${e} ${f})`;
      }),
    [model],
  );
  const open = model.view.state.value.name === "open";
  return (
    <div class="viewer-overlay" hidden={!open}>
      <svg class="viewer-shapes" aria-hidden="true">
        <g transform={transform}>
          <Shapes model={model} />
        </g>
      </svg>
      {below}
      {model.marks.value.map((mark) => (
        <RegionLabel key={mark.index} model={model} mark={mark} />
      ))}
      {above}
      <EvidenceLabel model={model} />
    </div>
  );
}

function Shapes({ model }: { model: ViewerModel }): JSX.Element {
  const { draft } = model.regions;
  const evidence = model.evidence.value;
  const { hits, at } = model.search;
  return (
    <>
      {hits.value.map((hit, index) => (
        <Shape
          key={index}
          box={withMargin(hit.box)}
          kind={index === at.value ? "viewer-hit viewer-hit-now" : "viewer-hit"}
        />
      ))}
      {model.marks.value.map((mark) => (
        <Shape key={`region ${mark.index}`} box={mark.box} kind="viewer-region" />
      ))}
      {evidence && <Shape box={withMargin(evidence.box)} kind="viewer-evidence" />}
      {draft.value && <Shape box={draft.value} kind="viewer-draft" />}
    </>
  );
}

function Shape({ box: [x, y, w, h], kind }: { box: Box; kind: string }): JSX.Element {
  return <rect class={kind} x={x} y={y} width={w} height={h} />;
}

function EvidenceLabel({ model }: { model: ViewerModel }): JSX.Element | null {
  const evidence = model.evidence.value;
  if (evidence === null) return null;
  const [x, y, , h] = boxOnScreen(model.camera.matrix.value, withMargin(evidence.box));
  const below = y < 48;
  const top = below ? y + h + 6 : y - 42;
  return (
    <div class="viewer-label viewer-evidence-label" style={{ left: `${x}px`, top: `${top}px` }}>
      <span>{evidence.label}</span>
      <Zone model={model} box={evidence.box} />
      <Stepper request={evidence} />
      <ViewerButton icon="close" label={t("viewer.dismiss")} onClick={clearFocus} />
    </div>
  );
}

/** Steps through the places of a value. */
function Stepper({ request }: { request: FocusRequest }): JSX.Element | null {
  const count = request.places?.length ?? 0;
  if (count < 2) return null;
  return (
    <>
      <ViewerButton
        icon="previous"
        label={t("viewer.previousPlace")}
        onClick={() => stepFocus(-1)}
      />
      <span class="viewer-place-count">
        {t("viewer.searchCount", { at: placeIndex(request) + 1, count })}
      </span>
      <ViewerButton icon="next" label={t("viewer.nextPlace")} onClick={() => stepFocus(1)} />
    </>
  );
}
