// What pages about subscriptions share.
import type { Schemas } from './api';

type Webhook = Schemas['Webhook'];

/** calledOf is what a subscription is called: its name, or where it goes to. */
export function calledOf(webhook: Webhook): string {
  return webhook.name || webhook.url;
}

/** standing is how a subscription stands, with the light that it shows. */
export function standing(webhook: Webhook): { state: 'ok' | 'fresh' | 'failing' | 'disabled'; level: Schemas['Light']['level'] } {
  if (webhook.disabled) return { state: 'disabled', level: 'off' };
  if (webhook.failingSince) return { state: 'failing', level: 'trouble' };
  return webhook.deliveredAt ? { state: 'ok', level: 'ok' } : { state: 'fresh', level: 'waiting' };
}

/** listed reads what a person separated by commas or spaces, those of Chinese keyboards included. */
export function listed(text: string): string[] {
  return text.split(/[,，、;；\s]+/).filter(Boolean);
}
