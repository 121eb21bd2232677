import { describe, expect, it } from "vitest";

import { refusal, TryAgain } from "../../src/viewer/http_failure";

function answer(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, statusText: "Some words", headers });
}

describe("a refused answer", () => {
  it("has the server's message", async () => {
    const body = JSON.stringify({ error: { code: "bad_region", message: "Outside the sheet." } });
    const error = await refusal(answer(400, body));
    expect(error.message).toBe("Outside the sheet.");
    expect(error).not.toBeInstanceOf(TryAgain);
  });

  it("can be retried when the server is busy", async () => {
    const error = await refusal(answer(503, "<html>", { "Retry-After": "2" }));
    expect(error).toBeInstanceOf(TryAgain);
    expect((error as TryAgain).afterMs).toBe(2000);
    expect(error.message).toBe("503 Some words");
    expect(((await refusal(answer(429, ""))) as TryAgain).afterMs).toBeUndefined();
  });
});
