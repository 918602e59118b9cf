import { api, ask, type Schemas } from '../../lib/api';
import type { LiveEvent } from '../../lib/live.svelte';

/** endedTask returns the task whose end an event tells, if it does. */
export async function endedTask(event: LiveEvent): Promise<Schemas['Task'] | null> {
  const id = event.type === 'task.done' ? event.data?.['task'] : undefined;
  return id ? ask(api.GET('/api/v1/tasks/{id}', { params: { path: { id } } })).catch(() => null) : null;
}
