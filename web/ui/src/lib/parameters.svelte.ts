import { api, ask, type ApiError, type Schemas } from './api';
import { Followed, order, type Task, type TaskRequest } from './follow.svelte';
import { asApiError } from './loading.svelte';
import { ParamTree, type Parameter } from './paramtree';

/** What became of the last thing that was asked of a parameter. */
export type Outcome = { state: 'sending' | 'done' | 'failed'; text: string };
export type Change = Schemas['Change'];

const pageSize = 500; // the most the server gives at once

/** Parameters is the tree of one device as the server knows it, and what is being done with it. */
export class Parameters {
  readonly tree = new ParamTree();
  version = $state(0); // grows with each change of the tree, which is not watched itself
  loading = $state(false);
  loaded = $state(false);
  error = $state<ApiError | null>(null);
  outcomes = $state<Record<string, Outcome>>({});
  #seen = 0; // when the newest change was that the tree has, ms
  #over = false;

  constructor(readonly device: string) {}

  /** load reads the whole tree, page by page; what is there is shown at once. */
  async load(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    try {
      this.#seen = Date.parse((await this.changes())[0]?.at ?? '') || 0;
      const all: Parameter[] = [];
      await this.#pages(undefined, (page) => {
        all.push(...page);
        for (const param of page) this.tree.put(param);
        this.version++;
      });
      this.tree.replace('', all);
      this.version++;
      this.error = null;
      this.loaded = true;
    } catch (error) {
      this.error = asApiError(error);
    } finally {
      this.loading = false;
    }
  }

  /** reread takes over what the server knows below a name. */
  async reread(prefix: string): Promise<void> {
    const fresh: Parameter[] = [];
    await this.#pages(prefix, (page) => void fresh.push(...page));
    if (prefix.endsWith('.')) this.tree.replace(prefix, fresh);
    else for (const param of fresh.filter((p) => p.name === prefix)) this.tree.put(param);
    this.version++;
  }

  /** changes lists what changed last, below a name if one is given, newest first. */
  async changes(prefix?: string): Promise<Change[]> {
    const page = await ask(api.GET('/api/v1/devices/{id}/parameters/history', { params: { path: { id: this.device }, query: { prefix, limit: 100 } } }));
    return page.items ?? [];
  }

  /** catchUp takes over what changed since the tree was read, whoever changed it. */
  async catchUp(): Promise<void> {
    if (this.loading) return;
    const changes = await this.changes();
    const fresh = changes.filter((c) => Date.parse(c.at) >= this.#seen && this.tree.get(c.name)?.param?.value !== c.new);
    this.#seen = Date.parse(changes[0]?.at ?? '') || this.#seen;
    for (const change of fresh.reverse()) {
      const node = this.tree.get(change.name);
      if (!node) await this.reread(change.name.slice(0, change.name.lastIndexOf('.') + 1));
      else if (node.param && !node.param.secret) this.tree.put({ ...node.param, value: change.new });
    }
    if (fresh.length) this.version++;
  }

  /** act asks the device for something about a name, and follows it to its end; the outcome stands at that name. */
  async act(name: string, body: TaskRequest): Promise<Task | null> {
    this.outcomes[name] = { state: 'sending', text: '' };
    try {
      const followed = new Followed();
      const watching = followed.watch(await order(this.device, body));
      await watching;
      const task = followed.task;
      if (this.#over || !task) return null;
      this.outcomes[name] = task.state === 'done' ? { state: 'done', text: task.reason ?? '' } : { state: 'failed', text: refusal(task, name) };
      return task;
    } catch (error) {
      const failure = asApiError(error);
      this.outcomes[name] = { state: 'failed', text: failure.fields[0]?.detail ?? failure.message };
      return null;
    }
  }

  end(): void {
    this.#over = true;
  }

  async #pages(prefix: string | undefined, take: (page: Parameter[]) => void): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await ask(api.GET('/api/v1/devices/{id}/parameters', { params: { path: { id: this.device }, query: { prefix, cursor, limit: pageSize } } }));
      if (this.#over) return;
      take(page.items ?? []);
      cursor = page.next;
    } while (cursor);
  }
}

/** refusal is the device's fault for one parameter, or for all of it. */
function refusal(task: Task, name: string): string {
  const own = task.fault?.parameters?.find((p) => p.name === name);
  if (own) return `${own.code} ${own.string ?? ''}`.trim();
  return task.fault ? `${task.fault.code} ${task.fault.string}` : (task.reason ?? task.state);
}
