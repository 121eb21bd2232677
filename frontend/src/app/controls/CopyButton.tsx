import { useSignal } from "@preact/signals";
import { t } from "../../i18n";
import { notify } from "../../store";
import { copyText } from "./clipboard";
import { IconButton } from "./IconButton";

export function CopyButton({ text }: { text: string }) {
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    copied.value = await copyText(text);
    if (!copied.value) notify(t("copy.failed"));
    setTimeout(() => (copied.value = false), 1500);
  };
  return (
    <IconButton
      icon={copied.value ? "check" : "copy"}
      label={copied.value ? t("copy.done") : t("copy.copy")}
      onClick={() => void copy()}
    />
  );
}
