/** Uploads files that are dropped anywhere on the page or pasted. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon } from "../app/controls/Icon";
import { t } from "../i18n";
import { signedOut } from "../store";
import { uploadFiles } from "./uploads";

export function DropTarget() {
  const over = useSignal(false);

  useEffect(() => {
    let inside = 0; // enter and leave fire for every element passed
    const carriesFiles = (event: DragEvent): boolean =>
      !signedOut.value && (event.dataTransfer?.types.includes("Files") ?? false);
    const enter = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      inside += 1;
      over.value = true;
    };
    const leave = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      inside = Math.max(0, inside - 1);
      over.value = inside > 0;
    };
    const move = (event: DragEvent): void => {
      if (carriesFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      inside = 0;
      over.value = false;
      if (!carriesFiles(event)) return;
      event.preventDefault();
      uploadFiles(event.dataTransfer?.files ?? []);
    };
    const paste = (event: ClipboardEvent): void => {
      const files = event.clipboardData?.files;
      if (signedOut.value || !files?.length) return;
      event.preventDefault();
      uploadFiles(files);
    };
    const listening = new AbortController();
    const { signal } = listening;
    window.addEventListener("dragenter", enter, { signal });
    window.addEventListener("dragleave", leave, { signal });
    window.addEventListener("dragover", move, { signal });
    window.addEventListener("drop", drop, { signal });
    window.addEventListener("paste", paste, { signal });
    return () => listening.abort();
  }, []);

  if (!over.value) return null;
  return (
    <div class="drop-target">
      <div>
        <Icon name="sheet" />
        {t("upload.drop")}
      </div>
    </div>
  );
}
