import type { ButtonHTMLAttributes } from "preact";
import { Icon, type IconName } from "./Icon";

type Props = Omit<ButtonHTMLAttributes, "icon" | "label"> & { icon: IconName; label: string };

/** An icon button; its label is its accessible name and its tooltip. */
export function IconButton({ icon, label, class: name, ...rest }: Props) {
  return (
    <button
      type="button"
      class={`icon-button ${String(name ?? "")}`}
      title={label}
      aria-label={label}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}
