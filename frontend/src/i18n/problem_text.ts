/**
 * The text of a problem: the server's message in English, the text of its code in other languages.
 */
import type { Problem } from "../api/types";
import { locale } from "../store/settings";
import { t, tCode, tRefusal } from "./index";

export function problemText({ code, message, reason }: Problem): string {
  if (locale.value === "en" && message) return message;
  return tRefusal(reason) ?? tCode(code) ?? (message || t("error.internal"));
}

/** The server's message, where `problemText` is only the text of the code. */
export function problemDetail(problem: Problem): string {
  const isComplete = problemText(problem) === problem.message || tRefusal(problem.reason) !== null;
  return isComplete ? "" : problem.message;
}
