/**
 * The state shared by the viewer's parts: the view of the sheet, region tool, search and toggles,
 * connected to the store.
 */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import type { Zones } from "../api/types";
import { copyText } from "../app/controls/clipboard";
import { t } from "../i18n";
import {
  activeDrawing,
  activePage,
  attach,
  attachments,
  type FocusRequest,
  focusRequest,
  regionMode,
  regionNumber,
  removeAttachment,
  setRegionMode,
  showSheet,
} from "../store";
import type { Camera, Stance } from "./camera";
import { type Box, boxOnScreen, frameAround, type Point } from "./geometry";
import { type Ground, RegionTool } from "./region_tool";
import { Search } from "./search";
import { asText, fetchText, hitsInOrder, textIn } from "./sheet_text";
import { SheetView } from "./sheet_view";
import { searchTarget, shownSheet } from "./shown_sheet";
import { fetchZones } from "./zones";

/** An attached region on the page shown. */
export interface RegionMark {
  /** Its number among all attached regions, from 1. */
  number: number;
  /** Its index among all attachments. */
  index: number;
  box: Box;
}

export class ViewerModel {
  readonly view: SheetView;
  readonly camera: Camera;
  readonly regions: RegionTool;
  readonly search: Search;
  readonly searchOpen = signal(false);
  readonly inverted = signal(false);
  readonly miniMap = signal(true);
  /** The position of mouse or pen in screen pixels of the stage, or null. */
  readonly pointer = signal<Point | null>(null);
  /** The zones of the page's frame, or null if unknown. */
  readonly zones = signal<Zones | null>(null);
  /** Announcements for screen readers, e.g. that a region was attached. */
  readonly announcement = signal("");

  /** The page to show, as a string, so that updates of a drawing do not open it again. */
  private readonly pageToShow = computed(() => {
    const drawing = activeDrawing.value;
    return drawing === null ? null : `${drawing.id}.${activePage.value}`;
  });
  /** The text sources of the drawing; they change when text recognition finishes. */
  private readonly textSources = computed(
    () => activeDrawing.value?.pages.map((page) => page.text_source).join(" ") ?? "",
  );
  /** The value of `pageToShow` when a page was last opened. */
  private shown: string | null | undefined;
  private destroyed = false;
  private readonly undo: (() => void)[];
  /** The last page and view of each drawing. */
  private readonly places = new Map<string, { page: number; stance: Stance }>();
  /** The last request flown to: each only once, even if its page is opened again. */
  private flownTo: FocusRequest | null = null;

  constructor(stage: HTMLElement) {
    this.view = new SheetView(stage, prefersStillness);
    this.camera = this.view.camera;
    this.regions = new RegionTool(
      () => this.ground(),
      () => regionMode.value,
      (region, several) => this.attach(region, several),
    );
    this.search = new Search(searchTarget, (items) =>
      hitsInOrder(items, this.camera.matrix.peek()),
    );
    this.view.onDrag(this.regions);
    this.undo = [
      // Drawing and page change one after the other: open only the final state.
      this.pageToShow.subscribe(() => queueMicrotask(() => this.open())),
      effect(() => this.loadZones()),
      effect(() => this.flyTo(focusRequest.value)),
      this.textSources.subscribe(() => untracked(() => this.searchAgain())),
      effect(() => this.showHit(this.search.hit.value?.box ?? null)),
      effect(() => {
        if (!regionMode.value) this.regions.cancel();
      }),
    ];
  }

  destroy(): void {
    this.destroyed = true;
    for (const undo of this.undo) undo();
    this.search.stop();
    this.view.destroy();
  }

  /** The attached regions of the page shown. */
  readonly marks = computed<RegionMark[]>(() => {
    return attachments.value.flatMap((reference, index) => {
      if (!reference.region) return [];
      const number = regionNumber(index);
      const here =
        reference.id === activeDrawing.value?.id && (reference.page ?? 1) === activePage.value;
      return here ? [{ number, index, box: reference.region }] : [];
    });
  });

  /** The focused place, while its page is shown. */
  readonly evidence = computed(() => {
    const request = focusRequest.value;
    const here = request?.drawing === activeDrawing.value?.id && request?.page === activePage.value;
    return here ? request : null;
  });

  /** Open the page again after a failure. */
  reopen(): void {
    this.shown = undefined;
    this.open();
  }

  /** Show another drawing at its last page. */
  showDrawing(id: string): void {
    showSheet(id, this.places.get(id)?.page ?? 1);
  }

  turnPage(by: number): void {
    const { drawing, page, pages } = searchTarget() ?? {};
    if (drawing === undefined || page === undefined || pages === undefined) return;
    const at = pages.indexOf(page) + by;
    const next = pages[Math.min(Math.max(at, 0), pages.length - 1)];
    if (next !== undefined && next !== page) showSheet(drawing, next);
  }

  /** Go to the next or previous hit, on any page. */
  stepHit(by: 1 | -1): void {
    const page = this.search.step(by);
    const drawing = activeDrawing.value;
    if (drawing !== null && page !== null) showSheet(drawing.id, page);
  }

  /** Announce something to screen readers. */
  say(words: string): void {
    this.announcement.value = words;
  }

  closeSearch(): void {
    this.searchOpen.value = false;
    void this.search.find("");
  }

  remove(mark: RegionMark): void {
    removeAttachment(mark.index);
    this.announcement.value = t("viewer.regionRemoved");
  }

  /** Follow the pointer; null: it left. Touches are ignored, because a finger covers the place. */
  pointAt(event: PointerEvent | null): void {
    if (event === null || event.pointerType === "touch") {
      this.pointer.value = null;
      return;
    }
    const { left, top } = this.view.stage.getBoundingClientRect();
    this.pointer.value = { x: event.clientX - left, y: event.clientY - top };
  }

  show(box: Box): void {
    const sheet = this.view.current;
    if (sheet !== null) this.camera.flyTo(frameAround(box, sheet));
  }

  /** Copy the text in a box of the page shown. */
  async copyTextIn(box: Box): Promise<void> {
    const sheet = this.view.current;
    if (sheet === null) return;
    try {
      const items = await fetchText(sheet.drawing, sheet.page, "");
      await this.copyText(asText(textIn(items, box)));
    } catch (error) {
      this.announcement.value = (error as Error).message;
    }
  }

  async copyText(text: string): Promise<void> {
    if (text === "") this.announcement.value = t("viewer.noTextThere");
    else if (await copyText(text)) this.announcement.value = t("viewer.copied", { text });
    else this.announcement.value = t("viewer.copyFailed");
  }

  /** Load the zones of the page shown; returns a function to cancel. */
  private loadZones(): () => void {
    const cancel = new AbortController();
    void this.pageToShow.value;
    void this.textSources.value;
    this.zones.value = null;
    const sheet = untracked(shownSheet);
    if (sheet !== null) {
      const take = (zones: Zones): void => {
        this.zones.value = zones;
      };
      fetchZones(sheet.drawing, sheet.page, cancel.signal).then(take, () => undefined); // optional
    }
    return () => cancel.abort();
  }

  private ground(): Ground | null {
    const canvas = this.view.current;
    return canvas && { canvas, matrix: this.camera.matrix.peek(), room: this.camera.room };
  }

  private attach(region: Box, several: boolean): void {
    const sheet = this.view.current;
    if (sheet === null) return;
    batch(() => {
      attach({ id: sheet.drawing, page: sheet.page, region });
      if (!several) setRegionMode(false);
      this.announcement.value = t("viewer.regionAttached");
    });
  }

  private open(): void {
    const pageToShow = this.pageToShow.peek();
    if (pageToShow === this.shown || this.destroyed) return;
    this.shown = pageToShow;
    const left = this.view.current;
    if (left !== null) {
      this.places.set(left.drawing, { page: left.page, stance: this.camera.stance });
    }
    const sheet = shownSheet();
    if (sheet === null) {
      this.view.close();
      return;
    }
    const place = this.places.get(sheet.drawing);
    const stance = place?.page === sheet.page ? place.stance : null;
    void this.view.open(sheet, stance).then((opened) => opened && this.opened());
  }

  private searchAgain(): void {
    const isShown = this.view.current?.drawing === activeDrawing.peek()?.id;
    if (!this.searchOpen.peek() || !isShown) return;
    this.search.forget();
    void this.search.find(this.search.query.peek());
  }

  private opened(): void {
    this.flyTo(focusRequest.peek());
    if (this.searchOpen.peek()) void this.search.find(this.search.query.peek());
  }

  /** Does nothing while another page is shown; opening the right page calls it again. */
  private flyTo(request: FocusRequest | null): void {
    const sheet = this.view.current;
    if (request === null || sheet === null || request === this.flownTo) return;
    if (sheet.drawing !== request.drawing || sheet.page !== request.page) return;
    this.flownTo = request;
    untracked(() => {
      this.camera.flyTo(frameAround(request.box, sheet));
      this.announcement.value = t("viewer.evidence", { label: request.label });
    });
  }

  /** Move only if the hit is not visible and readable. */
  private showHit(box: Box | null): void {
    if (box === null) return;
    untracked(() => {
      const [x, y, w, h] = boxOnScreen(this.camera.matrix.peek(), box);
      const { width, height } = this.camera.room;
      const seen = x >= 0 && y >= 0 && x + w <= width && y + h <= height;
      if (!seen || Math.min(w, h) < READABLE) this.show(box);
    });
  }
}

/** The minimum height of readable text, in CSS pixels. */
const READABLE = 8;

function prefersStillness(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
