/** Turns an error response into an error with a message for the person, and says if retrying helps. */
import { asProblem, errorOf } from "../api/http";
import { problemText } from "../i18n/problem_text";

/** A failure that may succeed when retried, after `afterMs` if the server gave a time. */
export class TryAgain extends Error {
  constructor(
    message: string,
    readonly afterMs?: number,
  ) {
    super(message);
  }
}

const BUSY = [429, 502, 503, 504];

export async function refusal(response: Response): Promise<Error> {
  const message = await messageIn(response);
  if (!BUSY.includes(response.status)) return new Error(message);
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new TryAgain(message, Number.isFinite(seconds) ? seconds * 1000 : undefined);
}

async function messageIn(response: Response): Promise<string> {
  const plain = `${response.status} ${response.statusText}`.trim();
  try {
    const error = errorOf(response.status, await response.json());
    return error.message === "" ? plain : problemText(asProblem(error));
  } catch {
    return plain; // not JSON, e.g. a proxy's error page
  }
}
