/** Short messages at the bottom of the page, some with an action such as Undo. */
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { dismissNotice, type Notice, notices } from "../store";
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
    // A notice with an action stays until its creator dismisses it.
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
