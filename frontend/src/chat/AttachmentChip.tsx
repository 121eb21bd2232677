/** An attached drawing, page or region: thumbnail, name and a link to its place. */
import { useSignal } from "@preact/signals";
import { thumbnailAddress } from "../api/addresses";
import type { DrawingReference } from "../api/schema";
import type { DrawingInfo } from "../api/types";
import { Icon } from "../app/controls/Icon";
import { IconButton } from "../app/controls/IconButton";
import { plural, t } from "../i18n";
import { drawings, focusOn, showPane, showSheet } from "../store";

interface Props {
  reference: DrawingReference;
  /** For a region: the number shown beside it on the sheet. */
  number?: number;
  remove?: () => void;
}

export function AttachmentChip({ reference, number, remove }: Props) {
  const broken = useSignal(false);
  const drawing = drawings.value.find((known) => known.id === reference.id);
  const name = drawing?.name ?? t("attachment.gone");
  const what = description(reference, drawing, number);
  const address = thumbnailAddress(reference.id, reference.page ?? 1, reference.region ?? null);
  return (
    <span class={`chip ${reference.region ? "region" : ""}`}>
      <button
        type="button"
        class="chip-main"
        disabled={!drawing}
        title={`${name}, ${what}`}
        onClick={() => show(reference, name)}
      >
        {broken.value || !drawing ? (
          <Icon name="sheet" />
        ) : (
          <img src={address} alt="" onError={() => (broken.value = true)} />
        )}
        {number !== undefined && (
          <span class="chip-number" aria-hidden="true">
            {number}
          </span>
        )}
        <span class="chip-words">
          <bdi class="chip-name">{name}</bdi>
          <span class="quiet">{what}</span>
        </span>
      </button>
      {remove && (
        <IconButton
          icon="close"
          label={t("attachment.remove", { name: `${name}, ${what}` })}
          onClick={remove}
        />
      )}
    </span>
  );
}

function show(reference: DrawingReference, label: string): void {
  const page = reference.page ?? 1;
  if (reference.region) focusOn({ drawing: reference.id, page, box: reference.region, label });
  else showSheet(reference.id, page);
  showPane("drawing");
}

function description(
  reference: DrawingReference,
  drawing: DrawingInfo | undefined,
  number: number | undefined,
): string {
  const page = reference.page ?? 1;
  const several = (drawing?.pages.length ?? 1) > 1;
  if (reference.region) {
    const region =
      number === undefined ? t("attachment.region") : t("viewer.regionNumber", { number });
    return several ? t("attachment.regionOnPage", { page, region }) : region;
  }
  if (reference.page) return t("attachment.page", { page });
  const pages = plural("facts.pages", drawing?.pages.length ?? 1);
  return drawing ? `${pages} · ${textSource(drawing)}` : pages;
}

/** The text source of the weakest page, or that text recognition is running. */
function textSource(drawing: DrawingInfo): string {
  if (drawing.pages.some((page) => page.reading)) return t("facts.reading");
  const sources = drawing.pages.map((page) => page.text_source);
  if (sources.every((source) => source === "vector")) return t("facts.vector");
  if (sources.every((source) => source === "none")) return t("facts.none");
  return sources.includes("ocr") ? t("facts.ocr") : t("facts.some");
}
