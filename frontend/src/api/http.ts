/** One HTTP call: JSON in, JSON out; each failure is an `ApiError` with the server's code. */
import type { Problem } from "./types";

export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly reason?: string,
  ) {
    super(message);
  }
}

/** The problem in a caught `ApiError`; any other error is a bug and is thrown again. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return asProblem(error);
  throw error;
}

/** An error as a plain value. */
export function asProblem({ code, message, reason }: ApiError): Problem {
  return { code, message, ...(reason !== undefined && { reason }) };
}

/** The error described in a response body. */
export function errorOf(status: number, body: unknown): ApiError {
  const error = (body as { error?: Record<string, unknown> } | null)?.error;
  if (typeof error?.["code"] === "string" && typeof error["message"] === "string") {
    const reason = typeof error["reason"] === "string" ? error["reason"] : undefined;
    return new ApiError(error["code"], error["message"], status, reason);
  }
  return new ApiError(status >= 502 && status <= 504 ? "unreachable" : "internal", "", status);
}

let unauthorized = (): void => undefined;

/** Run `listener` whenever the server answers a call with 401. */
export function onUnauthorized(listener: () => void): void {
  unauthorized = listener;
}

export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const request: RequestInit = { method, credentials: "same-origin" };
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  // Small changes outlive a page that is being closed.
  if (method === "DELETE" || method === "PATCH") request.keepalive = true;
  let response: Response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new ApiError("unreachable", "", 0);
  }
  const text = await response.text();
  const value = parsed(text);
  if (response.ok) return value as T;
  if (response.status === 401) unauthorized();
  throw errorOf(response.status, value);
}

function parsed(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** A query string with the values that are given, or "". */
export function query(values: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text && `?${text}`;
}

/** One path segment, escaped. */
export const part = encodeURIComponent;
