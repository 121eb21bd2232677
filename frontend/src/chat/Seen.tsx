/**
 * What the model saw: every picture at the size it was sent, every text, their tokens, and what
 * was left out. The pictures are loaded when somebody looks.
 */
import { useSignal } from "@preact/signals";
import { imageAddress } from "../api/addresses";
import type { Message } from "../store/message";
import { number, plural, t, tNote } from "../i18n";
import type { Shown } from "../api/frames";
import { drawings, focusOn, showPane, showSheet } from "../store";

/** Notes of what the model did not get, or could not do: said without a click. */
const MISSING = [
  "drawing_deleted",
  "exchanges_left_out",
  "pages_not_given",
  "text_left_out",
  "too_many_calls",
  "window_full",
];

/** A picture with its size, as every `Shown` that is no text has it. */
type ShownPicture = Shown & { width: number; height: number };

export function Seen({ message: { shown, notes, note_codes } }: { message: Message }) {
  const open = useSignal(false);
  if (shown.length === 0 && notes.length === 0) return null;
  const pictures = shown.filter(isPicture);
  const texts = shown.filter((one) => one.kind === "text");
  const said = notes.map((note, at) => ({ words: tNote(note, note_codes[at]), code: note_codes[at]?.code }));
  const missing = said.filter(({ code }) => MISSING.includes(code ?? ""));
  return (
    <>
      <ChosenPages pictures={pictures} texts={texts} />
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
            <span class="seen-cost"> {`${plural("seen.pictures", pictures.length)}, ${cost(shown)}`}</span>
          )}
        </summary>
        {open.value && (
          <>
            <ul class="seen-pictures">
              {pictures.map((picture, at) => (
                <Picture key={at} picture={picture} />
              ))}
            </ul>
            {texts.length > 0 && <Texts texts={texts} />}
            {said.length > missing.length && (
              <ul class="seen-notes">
                {said
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

/** Of a document with several pages: which ones the model saw as pictures, without a click. */
function ChosenPages({ pictures, texts }: { pictures: ShownPicture[]; texts: Shown[] }) {
  const ids = new Set(texts.map((text) => text.drawing));
  return (
    <>
      {[...ids].map((id) => {
        const read = pagesOf(texts, id);
        if (read.length < 2) return null;
        const seen = pagesOf(pictures, id);
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

function Picture({ picture }: { picture: ShownPicture }) {
  const broken = useSignal(false);
  const { drawing, page, region, width, height, tokens } = picture;
  const address = imageAddress(drawing, page, region, width, height);
  const what = placeOf(picture);
  const size = t("seen.size", { width: number(width), height: number(height) });
  const show = (): void => {
    if (region) focusOn({ drawing, page, box: region, label: what });
    else showSheet(drawing, page);
    showPane("drawing");
  };
  const isThere = drawings.value.some((known) => known.id === drawing);
  return (
    <li class="seen-picture">
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

const isPicture = (one: Shown): one is ShownPicture => one.width !== null && one.height !== null;

const pagesOf = (shown: Shown[], drawing: string): number[] => {
  const pages = shown.filter((one) => one.drawing === drawing).map((one) => one.page);
  return [...new Set(pages)].sort((one, other) => one - other);
};

const nameOf = (id: string): string =>
  drawings.value.find((known) => known.id === id)?.name ?? t("attachment.gone");

/** Which part of which page it is. */
function placeOf({ drawing, page, region }: Shown): string {
  const several = (drawings.value.find((known) => known.id === drawing)?.pages.length ?? 1) > 1;
  const parts = [
    nameOf(drawing),
    several && t("attachment.page", { page: number(page) }),
    region && t("attachment.region"),
  ];
  return parts.filter(Boolean).join(", ");
}

/** Pictures and texts together, in the model's tokens. */
const cost = (shown: Shown[]): string =>
  plural("seen.tokens", shown.reduce((sum, one) => sum + one.tokens, 0));
