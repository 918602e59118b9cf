// The import of a file of orders: what the server tells of each line, while it is read.
import { ApiError, type Schemas } from './api';
import { asApiError } from './loading.svelte';
import { jsonLines, textOf } from './transfer';

type Line = Schemas['ImportLine'];
type Totals = Schemas['ImportTotals'];
export type Outcome = Line['outcome'];

const kept = 200; // wrong lines that are shown: more of them are one mistake made often
const shownEvery = 512; // lines between two looks of the page

/** ImportRun is one run of a file, dry or real. */
export class ImportRun {
  counts = $state<Record<Outcome, number>>({ created: 0, repeat: 0, conflict: 0, invalid: 0, failed: 0 });
  read = $state(0); // lines told of
  wrong = $state.raw<Line[]>([]);
  totals = $state<Totals | null>(null);
  error = $state<ApiError | null>(null);
  busy = $state(true);
  stopped = $state(false); // by the person
  #abort = new AbortController();

  constructor(readonly dry: boolean) {}

  /** run sends a file and takes the report in; it ends when the report does. */
  async run(file: File): Promise<void> {
    try {
      await this.#take(file);
    } catch (error) {
      if (this.stopped) return;
      this.error = error instanceof SyntaxError || error instanceof TypeError ? brokeOff() : asApiError(error);
    } finally {
      this.busy = false;
    }
  }

  /** stop reads no further; orders that were taken in stay. */
  stop(): void {
    this.stopped = true;
    this.#abort.abort();
  }

  async #take(file: File): Promise<void> {
    const ndjson = /\.(ndjson|jsonl|json)$/i.test(file.name);
    const query = new URLSearchParams({ format: ndjson ? 'ndjson' : 'csv', ...(this.dry ? { dryRun: 'true' } : {}) });
    const init = { method: 'POST', body: new Blob([await textOf(file)]), signal: this.#abort.signal, headers: { 'Content-Type': ndjson ? 'application/x-ndjson' : 'text/csv' } };
    const counts = { ...this.counts };
    const wrong: Line[] = [];
    let read = 0;
    const show = (): void => {
      this.counts = { ...counts };
      this.wrong = [...wrong];
      this.read = read;
    };
    try {
      for await (const told of jsonLines<Line | Totals>(`/api/v1/work-orders/import?${query}`, init)) {
        if ('done' in told) {
          this.totals = told;
          continue;
        }
        counts[told.outcome]++;
        if (told.outcome !== 'created' && told.outcome !== 'repeat' && wrong.length < kept) wrong.push(told);
        if (++read % shownEvery === 0) show();
      }
    } finally {
      show();
    }
    if (!this.totals) throw brokeOff();
  }
}

function brokeOff(): ApiError {
  return new ApiError(0, 'BROKE_OFF', '');
}
