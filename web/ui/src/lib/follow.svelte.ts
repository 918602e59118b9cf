import { api, ask, type ApiError, type Schemas } from './api';
import { asApiError } from './loading.svelte';

export type Task = Schemas['Task'];
export type TaskRequest = Schemas['TaskRequest'];

// Steps of a task make no events, so it is looked at this often; the server answers earlier when it ends.
const look = '1s';
const pause = 2000; // after a call that failed, ms

/** Followed is one task that is watched until it has ended. */
export class Followed {
  task = $state<Task | undefined>();
  error = $state<ApiError | null>(null);
  #over = false;

  /** watch looks at a task until it ends or end is called; then it calls done. */
  async watch(task: Task, done?: (task: Task) => void): Promise<void> {
    this.task = task;
    while (!this.#over && !this.task.final) {
      try {
        this.task = await ask(api.GET('/api/v1/tasks/{id}', { params: { path: { id: task.id }, query: { wait: look } } }));
        this.error = null;
      } catch (cause) {
        this.error = asApiError(cause);
        if (this.error.status >= 400 && this.error.status < 500) return;
        await new Promise((next) => setTimeout(next, pause));
      }
    }
    if (!this.#over) done?.(this.task);
  }

  end(): void {
    this.#over = true;
  }
}

/** order asks a device to do something; it answers with the task, which has not begun. */
export function order(device: string, body: TaskRequest): Promise<Task> {
  return ask(api.POST('/api/v1/devices/{id}/tasks', { params: { path: { id: device } }, body }));
}
