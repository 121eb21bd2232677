/** How a problem is told: the server's message in English, by its code in other languages. */
import { t, tCode } from ".";
import { tRefusal } from "./refusals";
import type { Problem } from "../api/types";
import { locale } from "../store/settings";

export function problemText(problem: Problem): string {
  const known = (locale.value !== "en" && tRefusal(problem.message)) || tCode(problem.code);
  if (locale.value === "en" && problem.message) return problem.message;
  if (known && problem.message && locale.value !== "en") return known;
  return known ?? (problem.message || t("error.internal"));
}

/** The server's own words, with its numbers, where `problemText` is only the code's. */
export function problemDetail(problem: Problem): string {
  const isSaid = problemText(problem) === problem.message || tRefusal(problem.message) !== null;
  return isSaid ? "" : problem.message;
}
