// What pages about work orders share: words of the domain in the order of a life, and which actions a state allows.
import type { Schemas } from './api';
import { pathOf } from './router.svelte';

export type Order = Schemas['Order'];

export const kinds = ['install', 'swap', 'relocate', 'suspend', 'resume', 'modify', 'password', 'transfer', 'terminate'] as const;
export const modes = ['self', 'technician'] as const;
export const states = [
  'received', 'held', 'waitingDevice', 'waitingStb', 'waitingCode', 'executing', 'verifying', 'done', 'failed', 'rejected', 'cancelled', 'superseded', 'expired',
] as const;
export const groups = ['waiting', 'inProgress', 'stuck', 'failed', 'done', 'withdrawn'] as const;
export type Kind = (typeof kinds)[number];
export type Mode = (typeof modes)[number];
export type Group = (typeof groups)[number];

/** The light that all orders of a group show; icons and colours follow it. */
export const levels = { waiting: 'waiting', inProgress: 'busy', stuck: 'attention', failed: 'trouble', done: 'ok', withdrawn: 'off' } as const;

/** orderPath is the address of an order's page. The source is only needed where several systems used the number. */
export function orderPath(orderNo: string, part = '', source = ''): string {
  return pathOf('orders', orderNo, ...(part ? [part] : [])) + (source ? `?source=${encodeURIComponent(source)}` : '');
}

const waiting: readonly string[] = ['waitingDevice', 'waitingStb', 'waitingCode'];
const underWay: readonly string[] = ['executing', 'verifying'];
const takesDevice: readonly string[] = ['install', 'swap', 'relocate'];
const judgedAnew: readonly string[] = ['MODEL_NOT_ALLOWED', 'FIRMWARE']; // held since its device may not serve

/** An action on an order. */
export type Act = 'retry' | 'cancel' | 'reissue' | 'backfill' | 'bind' | 'force' | 'reverse';

/** The permission each action needs. */
export const permissions: Readonly<Record<Act, string>> = {
  retry: 'orders.retry', cancel: 'orders.cancel', reissue: 'orders.reissue', backfill: 'orders.backfill', bind: 'devices.act', force: 'orders.force', reverse: 'orders.reverse',
};

const allowed: Readonly<Record<Act, (o: Order) => boolean>> = {
  retry: (o) => o.state === 'failed' || (o.state === 'held' && judgedAnew.includes(o.trouble ?? '')),
  cancel: (o) => !o.final && !(o.kind === 'terminate' && o.state !== 'held'),
  reissue: (o) => o.mode === 'technician' && waiting.includes(o.state) && !o.confirmed,
  backfill: (o) => takesDevice.includes(o.kind) && (waiting.includes(o.state) || o.state === 'held' || o.state === 'failed'),
  bind: (o) => takesDevice.includes(o.kind) && waiting.includes(o.state),
  force: (o) => underWay.includes(o.state) || o.state === 'failed',
  reverse: (o) => o.state === 'done',
};

/** acts lists what the state of an order allows, the most helpful first. The server decides. */
export function acts(order: Order): Act[] {
  return (['retry', 'backfill', 'reissue', 'bind', 'force', 'reverse', 'cancel'] as const).filter((act) => allowed[act](order));
}

/** stage is how far along its way an order is: 0 received, 1 waiting, 2 set up, 3 verified, 4 done. */
export function stage(order: Order): number {
  const at = (state: string): number => (state === 'done' ? 4 : state === 'verifying' ? 3 : state === 'executing' ? 2 : waiting.includes(state) || state === 'held' ? 1 : 0);
  if (!order.final && order.state !== 'failed') return at(order.state);
  return order.state === 'done' ? 4 : Math.max(0, ...(order.history ?? []).map((step) => at(step.state)).filter((n) => n < 4));
}
