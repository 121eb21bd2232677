/**
 * A refused answer of the server as an error in its own words, and whether to try again.
 */

/** A failure that is worth another try, after `afterMs` if the server said so. */
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
    const body = (await response.json()) as { error?: { message?: string } };
    return body.error?.message ?? plain;
  } catch {
    return plain; // not our JSON: a proxy's page, say
  }
}
