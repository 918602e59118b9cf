import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

/** Documents of the API by the names they have in its description. */
export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];

/** ApiError is an answer that is a problem (RFC 9457), or none at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number, // 0 = no answer came
    readonly code: string,
    detail: string,
    readonly fields: { pointer: string; detail: string }[] = [],
    readonly retryAfter = 0, // seconds
  ) {
    super(detail);
  }

  /** of returns what is wrong with a field of the body, "" when nothing is. */
  of(pointer: string): string {
    return this.fields.find((field) => field.pointer === pointer)?.detail ?? '';
  }
}

/** Called when an answer says that nobody is signed in any more, or that a new password is due. */
export const signedOut = { then: (_code: string): void => undefined };

/** The calls of the API, typed by its description. Use ask to get the answer or an ApiError. */
export const api = createClient<paths>({ fetch: (request) => fetch(request), querySerializer: { array: { style: 'form', explode: false } } });

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** ask awaits a call and returns its document, or throws an ApiError. */
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, 'NO_NETWORK', String(cause));
  }
  if (answer.response.ok) return answer.data as T;
  const error = asError(answer.error, answer.response);
  if (error.status === 401 || error.code === 'PASSWORD_DUE') signedOut.then(error.code);
  throw error;
}

/** asError reads a problem out of an answer. */
export function asError(body: unknown, response: Response): ApiError {
  const p = (body ?? {}) as Partial<Problem>;
  const fields = (p.errors ?? []).map((e) => ({ pointer: String(e.pointer ?? ''), detail: String(e.detail ?? '') }));
  return new ApiError(response.status, p.code ?? 'UNKNOWN', p.detail ?? response.statusText, fields, Number(response.headers.get('Retry-After') ?? 0));
}
