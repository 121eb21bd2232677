/** Short messages at the bottom, some with a way back. */
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { dismissNotice, notices, type Notice } from "../store";
import { IconButton } from "./controls/IconButton";

const SHOWN_MS = 6000;

export function Notices() {
  return (
    <div class="notices" role="status">
      {notices.value.map((notice) => (
        <NoticeRow key={notice.key} notice={notice} />
      ))}
    </div>
  );
}

function NoticeRow({ notice }: { notice: Notice }) {
  const close = (): void => dismissNotice(notice.key);
  useEffect(() => {
    // One with a way back goes when whoever put it there takes it away.
    if (notice.action) return;
    const timer = setTimeout(close, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice.key]);
  return (
    <div class="notice">
      <span>{notice.text}</span>
      {notice.action && (
        <button
          type="button"
          class="link"
          onClick={() => {
            notice.action?.run();
            close();
          }}
        >
          {notice.action.label}
        </button>
      )}
      <IconButton icon="close" label={t("action.close")} onClick={close} />
    </div>
  );
}
