/**
 * What the model saw: every image at the size it was sent, every text, their token counts, and what
 * was left out. Images load when the section is opened.
 */
import { useSignal } from "@preact/signals";
import { imageAddress } from "../api/addresses";
import type { Shown } from "../api/schema";
import { number, plural, t, tCoded } from "../i18n";
import { drawings, focusOn, showPane, showSheet } from "../store";
import type { Message } from "../store/message";

/** Notes about missing content or limits, shown without a click. */
const MISSING = [
  "drawing_deleted",
  "exchanges_left_out",
  "pages_not_given",
  "text_left_out",
  "too_many_calls",
  "window_full",
];

/** An image with its size. */
type ShownImage = Shown & { width: number; height: number };

export function Seen({ message: { shown, notes, note_codes } }: { message: Message }) {
  const open = useSignal(false);
  if (shown.length === 0 && notes.length === 0) return null;
  const images = shown.filter(isImage);
  const texts = shown.filter((one) => one.kind === "text");
  const sentences = notes.map((note, at) => ({
    words: tCoded("note", note, note_codes[at]),
    code: note_codes[at]?.code,
  }));
  const missing = sentences.filter(({ code }) => MISSING.includes(code ?? ""));
  return (
    <>
      <ChosenPages images={images} texts={texts} />
      {missing.length > 0 && (
        <ul class="seen-missing">
          {missing.map(({ words }) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
      <details
        class="seen"
        open={open.value}
        onToggle={(event) => (open.value = event.currentTarget.open)}
      >
        <summary>
          {t("seen.title")}
          {shown.length > 0 && (
            <span class="seen-cost">
              {" "}
              {`${plural("seen.images", images.length)}, ${cost(shown)}`}
            </span>
          )}
        </summary>
        {open.value && (
          <>
            <ul class="seen-images">
              {images.map((image, at) => (
                <SeenImage key={at} image={image} />
              ))}
            </ul>
            {texts.length > 0 && <Texts texts={texts} />}
            {sentences.length > missing.length && (
              <ul class="seen-notes">
                {sentences
                  .filter((one) => !missing.includes(one))
                  .map(({ words }) => (
                    <li key={words}>{words}</li>
                  ))}
              </ul>
            )}
          </>
        )}
      </details>
    </>
  );
}

/** For documents with several pages: the pages the model saw as images, shown without a click. */
function ChosenPages({ images, texts }: { images: ShownImage[]; texts: Shown[] }) {
  const ids = new Set(texts.map((text) => text.drawing));
  return (
    <>
      {[...ids].map((id) => {
        const read = pagesOf(texts, id);
        if (read.length < 2) return null;
        const seen = pagesOf(images, id);
        const pages = seen.map((page) => number(page)).join(", ");
        return (
          <p key={id} class="quiet seen-pages">
            {t("seen.pages", { name: nameOf(id), pages, count: number(read.length) })}
          </p>
        );
      })}
    </>
  );
}

function SeenImage({ image }: { image: ShownImage }) {
  const broken = useSignal(false);
  const { drawing, page, region, width, height, tokens } = image;
  const address = imageAddress(drawing, page, region, width, height);
  const what = placeOf(image);
  const size = t("seen.size", { width: number(width), height: number(height) });
  const show = (): void => {
    if (region) focusOn({ drawing, page, box: region, label: what });
    else showSheet(drawing, page);
    showPane("drawing");
  };
  const isThere = drawings.value.some((known) => known.id === drawing);
  return (
    <li class="seen-image">
      <button type="button" disabled={!isThere} title={t("seen.show", { what })} onClick={show}>
        {broken.value ? (
          <span class="quiet">{t("seen.gone")}</span>
        ) : (
          <img
            src={address}
            width={width}
            height={height}
            alt={what}
            decoding="async"
            onError={() => (broken.value = true)}
          />
        )}
      </button>
      <span>
        <bdi>{what}</bdi>
        <span class="quiet">{` ${size}, ${plural("seen.tokens", tokens)} `}</span>
        {!broken.value && (
          <a href={address} target="_blank" rel="noreferrer">
            {t("seen.fullSize")}
          </a>
        )}
      </span>
    </li>
  );
}

function Texts({ texts }: { texts: Shown[] }) {
  return (
    <ul class="seen-texts">
      {texts.map((text, at) => (
        <li key={at}>
          {text.tokens > 0
            ? t("seen.text", { what: placeOf(text), tokens: plural("seen.tokens", text.tokens) })
            : t("seen.noText", { what: placeOf(text) })}
          {text.left_out > 0 && ` ${plural("seen.leftOut", text.left_out)}`}
        </li>
      ))}
    </ul>
  );
}

const isImage = (one: Shown): one is ShownImage => one.width !== null && one.height !== null;

const pagesOf = (shown: Shown[], drawing: string): number[] => {
  const pages = shown.filter((one) => one.drawing === drawing).map((one) => one.page);
  return [...new Set(pages)].sort((one, other) => one - other);
};

const nameOf = (id: string): string =>
  drawings.value.find((known) => known.id === id)?.name ?? t("attachment.gone");

/** Names the drawing, page and region. */
function placeOf({ drawing, page, region }: Shown): string {
  const several = (drawings.value.find((known) => known.id === drawing)?.pages.length ?? 1) > 1;
  const parts = [
    nameOf(drawing),
    several && t("attachment.page", { page: number(page) }),
    region && t("attachment.region"),
  ];
  return parts.filter(Boolean).join(", ");
}

/** The token count of all images and texts. */
const cost = (shown: Shown[]): string =>
  plural(
    "seen.tokens",
    shown.reduce((sum, one) => sum + one.tokens, 0),
  );
