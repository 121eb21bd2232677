/** The file chooser: one hidden field for the page, and buttons that open it. */
import type { ComponentChildren } from "preact";
import { uploadFiles } from "./uploads";

const FIELD = "drawing-files";

/** Preselected file types; the server detects types from content. */
const KINDS = ".pdf,.png,.jpg,.jpeg,.tif,.tiff,.webp,.bmp,.dxf,.dwg,.svg,.plt,.hpgl";

export function FileField() {
  return (
    <input
      id={FIELD}
      type="file"
      class="visually-hidden"
      multiple
      accept={KINDS}
      tabIndex={-1}
      aria-hidden="true"
      onChange={(event) => {
        uploadFiles(event.currentTarget.files ?? []);
        event.currentTarget.value = "";
      }}
    />
  );
}

interface Props {
  class: string;
  label?: string;
  children: ComponentChildren;
}

export function FilePicker({ class: name, label, children }: Props) {
  const choose = (): void => document.getElementById(FIELD)?.click();
  return (
    <button type="button" class={name} title={label} aria-label={label} onClick={choose}>
      {children}
    </button>
  );
}
