// Bodies that take their time: sent and received with a report of how far they are.
import { ApiError, asError, signedOut } from './api';

/** Called with the bytes so far and in all; all is 0 while it is not known. */
export type Far = (bytes: number, all: number) => void;

/** upload sends a body and returns the document of the answer. fetch cannot tell how far it is, XMLHttpRequest can. */
export function upload<T>(path: string, body: Blob, type: string, far: Far, signal?: AbortSignal): Promise<T> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('Content-Type', type);
    request.upload.onprogress = (event) => far(event.loaded, event.lengthComputable ? event.total : body.size);
    request.onerror = () => failed(new ApiError(0, 'NO_NETWORK', ''));
    request.onabort = () => failed(new DOMException('', 'AbortError'));
    request.onload = () => {
      const document = parse(request.responseText);
      if (request.status >= 200 && request.status < 300) return done(document as T);
      failed(refused(document, new Response(null, { status: request.status || 500, statusText: request.statusText })));
    };
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(body);
  });
}

/** download fetches a body, then has the browser save it. The name is that of the answer when it tells one. */
export async function download(path: string, init: RequestInit, name: string, far: Far): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, 'NO_NETWORK', String(cause));
  }
  if (!answer.ok || !answer.body) throw refused(parse(await answer.text()), answer);
  const all = Number(answer.headers.get('Content-Length') ?? 0);
  let bytes = 0;
  const counted = answer.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) {
        bytes += chunk.byteLength;
        far(bytes, all);
        out.enqueue(chunk);
      },
    }),
  );
  const told = /filename="?([^";]+)"?/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1];
  save(await new Response(counted).blob(), told ?? name);
}

/** textOf reads a file as UTF-8 or UTF-16, or as GB 18030, which spreadsheets in China still write. */
export async function textOf(file: Blob): Promise<string> {
  const content = await file.arrayBuffer();
  const [first, second] = new Uint8Array(content, 0, Math.min(2, content.byteLength));
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(content);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(content);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return new TextDecoder('gb18030').decode(content);
  }
}

/** jsonLines makes a call and gives the documents of its answer, one a line, while they come in. */
export async function* jsonLines<T>(path: string, init: RequestInit): AsyncGenerator<T> {
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiError(0, 'NO_NETWORK', String(cause));
  }
  if (!answer.ok || !answer.body) throw refused(parse(await answer.text()), answer);
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + decoder.decode(value, { stream: !done })).split('\n');
    rest = done ? '' : (lines.pop() ?? '');
    for (const line of lines) if (line) yield JSON.parse(line) as T;
    if (done) return;
  }
}

/** save has the browser keep something as a file. */
export function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser reads it after the click
}

function refused(body: unknown, answer: Response): ApiError {
  const error = asError(body, answer);
  if (error.status === 401 || error.code === 'PASSWORD_DUE') signedOut.then(error.code);
  return error;
}

function parse(text: string): unknown {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
