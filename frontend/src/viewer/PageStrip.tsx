/**
 * Thumbnails of all pages. Only those near the visible part of the strip are loaded, a few at a
 * time, so that 200 pages cost no more than a few and the sheet never waits for them.
 */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { DrawingInfo, PageInfo } from "../api/types";
import { number, t } from "../i18n";
import { activeDrawing, activePage, showSheet } from "../store";
import { thumbnailUrl } from "./iiif";

const SIDE = 160;
/** The number of thumbnails loaded at once. */
const AT_ONCE = 2;

export function PageStrip(): JSX.Element | null {
  const drawing = activeDrawing.value;
  if (drawing === null || drawing.pages.length < 2) return null;
  return <Strip key={drawing.id} drawing={drawing} />;
}

function Strip({ drawing }: { drawing: DrawingInfo }): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  const near = useNear(list);
  const [done, setDone] = useState<ReadonlySet<number>>(new Set());
  const page = activePage.value;
  const load = toLoad(near, done, page);
  useEffect(() => {
    const item = list.current?.querySelector("[aria-current]");
    item?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [page]);
  const keys = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    showSheet(drawing.id, Math.min(Math.max(page + by, 1), drawing.pages.length));
    requestAnimationFrame(() => {
      list.current?.querySelector<HTMLElement>("[aria-current]")?.focus();
    });
  };
  return (
    <nav class="viewer-strip" aria-label={t("viewer.pages")} onKeyDown={keys}>
      <ol ref={list}>
        {drawing.pages.map((known) => (
          <li key={known.number} data-page={known.number}>
            <Thumbnail
              drawing={drawing.id}
              page={known}
              shown={known.number === page}
              load={load.has(known.number)}
              onDone={() => setDone((before) => new Set(before).add(known.number))}
            />
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Thumbnail({
  drawing,
  page,
  shown,
  load,
  onDone,
}: {
  drawing: string;
  page: PageInfo;
  shown: boolean;
  load: boolean;
  onDone: () => void;
}): JSX.Element {
  const label = t("viewer.page", { page: number(page.number) });
  return (
    <button
      type="button"
      class="viewer-thumbnail"
      aria-label={page.label ? `${label}: ${page.label}` : label}
      aria-current={shown ? "page" : undefined}
      tabIndex={shown ? 0 : -1}
      onClick={() => showSheet(drawing, page.number)}
    >
      {load ? (
        <img
          src={thumbnailUrl(drawing, page.number, SIDE)}
          alt=""
          decoding="async"
          fetchpriority="low"
          onLoad={onDone}
          onError={onDone}
        />
      ) : (
        <span />
      )}
      <span>{number(page.number)}</span>
    </button>
  );
}

/**
 * The thumbnails to render: loaded ones nearby, plus the next few, starting from the page shown.
 */
export function toLoad(
  near: ReadonlySet<number>,
  done: ReadonlySet<number>,
  page: number,
): ReadonlySet<number> {
  const missing = [...near].filter((number) => !done.has(number));
  missing.sort((one, other) => Math.abs(one - page) - Math.abs(other - page));
  return new Set([...[...near].filter((number) => done.has(number)), ...missing.slice(0, AT_ONCE)]);
}

/** The numbers of the pages in or near the visible part of the strip. */
function useNear(list: { current: HTMLOListElement | null }): ReadonlySet<number> {
  const [near, setNear] = useState<ReadonlySet<number>>(new Set());
  useEffect(() => {
    if (list.current === null) return undefined;
    const seen = new Set<number>();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const page = Number((entry.target as HTMLElement).dataset["page"]);
          if (entry.isIntersecting) seen.add(page);
          else seen.delete(page);
        }
        setNear(new Set(seen));
      },
      { root: list.current.parentElement, rootMargin: "0px 400px" },
    );
    for (const item of list.current.children) observer.observe(item);
    return () => observer.disconnect();
  }, [list]);
  return near;
}
