// The form of a new work order: what is typed, which parts a kind asks for, and the document that is sent.
import type { Schemas } from './api';
import type { Kind, Mode } from './orders';

/** blank is a form with nothing filled in. All values are text, as they are typed. */
export function blank() {
  return {
    kind: 'install' as Kind, mode: 'self' as Mode, orderNo: '', source: '', dueBy: '', seq: '', callback: '', attributes: '',
    subscriber: { id: '', name: '', phone: '', address: '' },
    service: { id: '', type: 'iptv' as '' | 'iptv' | 'internet' | 'voip', package: '', account: '', password: '', authUrl: '', authUrlBackup: '' },
    access: { type: '' as '' | 'pppoe' | 'ipoe' | 'dhcp' | 'static', account: '', password: '', downKbps: '', upKbps: '' },
    device: { stbId: '', mac: '', serial: '' },
    oldDevice: { mac: '' },
    line: { area: '', node: '', port: '', vlan: '' },
    registration: { loid: '', password: '' },
  };
}
export type Form = ReturnType<typeof blank>;
export type Part = 'which' | 'subscriber' | 'owner' | 'service' | 'changes' | 'password' | 'device' | 'newDevice' | 'line' | 'place';

const named: Part[] = ['which'];

/** The parts of the form by kind, in the order in which a desk asks for them. */
export const parts: Readonly<Record<Kind, readonly Part[]>> = {
  install: ['device', 'subscriber', 'service', 'line'],
  swap: ['which', 'newDevice'],
  relocate: ['which', 'place'],
  suspend: named,
  resume: named,
  modify: ['which', 'changes'],
  password: ['which', 'password'],
  transfer: ['which', 'owner'],
  terminate: named,
};

/** Whether a kind is about a person who fits a device: then the mode matters. */
export const fitted: Readonly<Record<Kind, boolean>> = {
  install: true, swap: true, relocate: true, suspend: false, resume: false, modify: false, password: false, transfer: false, terminate: false,
};

type Request = Schemas['OrderRequest'];

/** filled leaves out what is empty, and a part with nothing in it. */
function filled(values: Record<string, unknown>): Record<string, unknown> | undefined {
  const kept = Object.entries(values).filter(([, value]) => value !== '' && value !== undefined);
  return kept.length ? Object.fromEntries(kept) : undefined;
}

/** trimmed takes white space off the ends of texts; passwords stay as they are. */
function trimmed(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, name === 'password' ? value : value.trim()]));
}

/** number reads a whole number; what is none is sent as it is, so that the server says which field is wrong. */
function number(text: string): number | string {
  const given = text.trim();
  return /^\d+$/.test(given) ? Number(given) : given;
}

/** attributesOf reads lines of name=value. */
function attributesOf(text: string): Record<string, string> {
  const pairs = text.split('\n').filter((line) => line.trim()).map((line) => {
    const at = line.indexOf('=');
    return at < 0 ? [line.trim(), ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** requestOf makes the document of a form; parts that its kind does not ask for are left out. */
export function requestOf(form: Form): Request {
  const asks = (...some: Part[]): boolean => some.some((part) => parts[form.kind].includes(part));
  const service = trimmed(form.service);
  const content = filled({ ...service, id: undefined, access: filled({ ...trimmed(form.access), downKbps: number(form.access.downKbps), upKbps: number(form.access.upKbps) }) });
  const secrets = filled({ password: form.service.password, access: filled({ password: form.access.password }) });
  const subscriber = filled(trimmed(form.subscriber));
  const request: Record<string, unknown> = {
    orderNo: form.orderNo.trim(), kind: form.kind, mode: fitted[form.kind] ? form.mode : 'self', source: form.source.trim(), callback: form.callback.trim(), seq: number(form.seq),
    dueBy: form.dueBy ? new Date(form.dueBy).toISOString() : '',
    subscriber: asks('subscriber', 'owner') ? subscriber : filled({ id: form.subscriber.id.trim() }),
    service: filled({ id: service['id'], ...(asks('service') ? content : asks('changes') ? filled({ ...content, type: '' }) : asks('password') ? secrets : {}) }),
    device: asks('device', 'newDevice') ? filled(trimmed(form.device)) : undefined,
    oldDevice: asks('which') ? filled(trimmed(form.oldDevice)) : undefined,
    line: asks('line', 'place') ? filled({ ...trimmed(form.line), vlan: number(form.line.vlan) }) : undefined,
    registration: asks('device') ? filled(trimmed(form.registration)) : undefined,
    attributes: filled(attributesOf(form.attributes)),
  };
  return filled(request) as Request;
}

/** suggestion makes an order number up: the day, the second and a letter or two that no other desk has at that second. */
export function suggestion(): string {
  const now = new Date().toISOString().replace(/[-:]/g, '');
  const letters = [...crypto.getRandomValues(new Uint8Array(2))].map((byte) => 'ABCDEFGHJKLMNPQRSTUVWXYZ'[byte % 24]).join('');
  return `D${now.slice(0, 8)}-${now.slice(9, 15)}${letters}`;
}
