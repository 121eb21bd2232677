/** The uploads with their progress, or why one was rejected. */

import { Icon } from "../app/controls/Icon";
import { IconButton } from "../app/controls/IconButton";
import { fileSize, number, t } from "../i18n";
import { problemDetail, problemText } from "../i18n/problem_text";
import { type Upload, uploads } from "../store";
import { dismissUpload, retryUpload } from "./uploads";

export function UploadList() {
  if (uploads.value.length === 0) return null;
  return (
    <ul class="uploads" aria-label={t("upload.list")}>
      {uploads.value.map((upload) => (
        <UploadRow key={upload.key} upload={upload} />
      ))}
    </ul>
  );
}

/** Errors that do not go away on a retry. */
const FINAL = [
  "unsupported_format",
  "damaged_file",
  "encrypted_file",
  "bad_proportions",
  "too_complex",
  "file_too_large",
  "too_many_pixels",
  "too_many_pages",
];

function UploadRow({ upload }: { upload: Upload }) {
  const { problem, key } = upload;
  return (
    <li class={`upload ${upload.state}`}>
      <div class="row">
        <Icon name="sheet" />
        <bdi class="upload-name">{upload.name}</bdi>
        <span class="quiet">{problem ? t("upload.refused") : progressWords(upload)}</span>
        <span class="grow" />
        {problem && !FINAL.includes(problem.code) && (
          <button type="button" class="link" onClick={() => retryUpload(key)}>
            {t("upload.retry")}
          </button>
        )}
        <IconButton
          icon="close"
          label={t(problem ? "upload.dismiss" : "upload.cancel", { name: upload.name })}
          onClick={() => dismissUpload(key)}
        />
      </div>
      {problem ? (
        <p class="upload-problem" role="alert">
          {problemText(problem)} <span class="quiet">{problemDetail(problem)}</span>
        </p>
      ) : (
        <progress
          aria-label={t("upload.progress", { name: upload.name })}
          {...(upload.state === "sending" && { max: 1, value: upload.sent })}
        />
      )}
    </li>
  );
}

function progressWords(upload: Upload): string {
  if (upload.state === "waiting") return t("upload.waiting");
  if (upload.state === "reading") return t("upload.reading");
  return t("upload.sending", {
    percent: number(upload.sent * 100),
    size: fileSize(upload.bytes),
  });
}
