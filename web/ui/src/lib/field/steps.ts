// The way of an order from a box without power to a service that works, as a technician
// stands beside it.

import type { Schemas } from '../api';

type Order = Schemas['Order'];

export const stepNames = ['seen', 'code', 'push', 'check', 'done'] as const;
export type StepName = (typeof stepNames)[number];

/** Step is one part of the way: behind us, where we are, before us, or where it broke. */
export interface Step {
  readonly name: StepName;
  readonly state: 'done' | 'now' | 'todo' | 'failed';
  readonly since?: string; // of now and failed
}

const underWay = ['executing', 'verifying', 'done'];

/** stepsOf says how far an order is. contact is when its box was last heard of, "" = never. */
export function stepsOf(order: Order, contact: string): Step[] {
  const failedIn = order.state === 'failed' ? lastOf(order) : '';
  const reached = (...states: string[]): boolean => states.includes(order.state) || states.includes(failedIn);
  const behind: Record<StepName, boolean> = {
    seen: contact !== '' || !!order.deviceId || reached(...underWay),
    code: !!order.confirmed || reached(...underWay) || (order.mode === 'self' && !!order.deviceId),
    push: reached('verifying', 'done'),
    check: reached('done'),
    done: order.state === 'done',
  };
  const names = stepNames.filter((name) => name !== 'code' || order.mode === 'technician');
  const here = names.find((name) => !behind[name]);
  const since = order.history?.at(-1)?.at ?? order.updatedAt;
  return names.map((name): Step => {
    if (behind[name]) return { name, state: 'done' };
    if (name !== here || (order.final && order.state !== 'done')) return { name, state: 'todo' };
    return { name, state: order.state === 'failed' ? 'failed' : 'now', since };
  });
}

/** lastOf is the state that a failed order failed in. */
function lastOf(order: Order): string {
  return order.history?.findLast((step) => step.state !== 'failed')?.state ?? '';
}
