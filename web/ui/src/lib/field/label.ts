// What stands on boxes and on work orders, as scanned or typed. The rules are the server's
// (MAC address, STBID, activation code); they are checked here so that a slip of the hand is
// seen at once, without a network too.

/** Box names a device by its address or its STBID. */
export type Box = { readonly mac: string; readonly stbId?: undefined } | { readonly stbId: string; readonly mac?: undefined };

/** What is wrong with a text that is no box, or no code. */
export type Mistake = { readonly kind: 'digits' | 'length' | 'address' | 'check'; readonly have: number; readonly want: string };

const macLength = 12;
const stbIdLength = 32;
const codeLength = 11;

/** readBox reads a MAC address or an STBID, with any separators. */
export function readBox(text: string): Box | Mistake {
  const digits = text.replace(/[\s:.\-–\u00a0]/g, '').toUpperCase();
  const stray = digits.replace(/[0-9A-F]/g, '').length;
  if (stray) return { kind: 'digits', have: stray, want: '0-9 A-F' };
  if (digits.length === stbIdLength) return digits.endsWith('0'.repeat(macLength)) ? { kind: 'address', have: 0, want: '' } : { stbId: digits };
  if (digits.length !== macLength) return { kind: 'length', have: digits.length, want: digits.length > macLength + 2 ? `${stbIdLength}` : `${macLength}` };
  const group = (parseInt(digits.slice(0, 2), 16) & 1) === 1; // the lowest bit of the first byte marks a group
  if (group || /^0+$/.test(digits)) return { kind: 'address', have: 0, want: '' };
  return { mac: (digits.match(/../g) ?? []).join(':') };
}

export function isMistake(value: Box | string | Mistake): value is Mistake {
  return typeof value === 'object' && 'kind' in value;
}

/** boxText shows a box as it stands on its label. */
export function boxText(box: { mac?: string; stbId?: string; serial?: string } | undefined): string {
  return box?.stbId || box?.mac || box?.serial || '';
}

/** macOf is the address of a box: an STBID ends in it. */
export function macOf(box: { mac?: string; stbId?: string } | undefined): string {
  if (box?.mac) return box.mac;
  return box?.stbId ? (box.stbId.slice(-macLength).match(/../g) ?? []).join(':') : '';
}

/** readCode reads an activation code: 11 digits, the last of them the Luhn check digit. */
export function readCode(text: string): string | Mistake {
  const digits = text.replace(/[\s\-–\u00a0]/g, '');
  const stray = digits.replace(/[0-9]/g, '').length;
  if (stray) return { kind: 'digits', have: stray, want: '0-9' };
  if (digits.length !== codeLength) return { kind: 'length', have: digits.length, want: `${codeLength}` };
  let sum = 0;
  for (let i = 0; i < codeLength; i++) {
    let n = Number(digits[codeLength - 1 - i]);
    if (i % 2 === 1 && (n *= 2) > 9) n -= 9;
    sum += n;
  }
  return sum % 10 === 0 ? digits : { kind: 'check', have: 0, want: '' };
}

/** groups shows digits as they are printed, 4-4-3, while they are typed. */
export function groups(text: string): string {
  const digits = text.replace(/\D/g, '').slice(0, codeLength);
  return [digits.slice(0, 4), digits.slice(4, 8), digits.slice(8)].filter(Boolean).join('-');
}

/** Label is what a scanned picture says. */
export type Label = { readonly kind: 'box'; readonly box: Box } | { readonly kind: 'code'; readonly code: string } | { readonly kind: 'order'; readonly no: string; readonly source: string } | { readonly kind: 'text'; readonly text: string };

/** readLabel tells what a scanned text is. Makers print "MAC: ..." or "STBID=..." too. */
export function readLabel(text: string): Label {
  const trimmed = text.trim();
  const order = /\/(?:t\/)?orders\/([^/?#]+)(?:\?(?:[^#]*&)?source=([^&#]*))?/.exec(trimmed);
  if (order?.[1]) return { kind: 'order', no: decodeURIComponent(order[1]), source: decodeURIComponent(order[2] ?? '') };
  const code = readCode(trimmed);
  if (!isMistake(code)) return { kind: 'code', code };
  for (const part of [trimmed, ...trimmed.split(/[\s,;|=]+|(?:MAC|STBID|ID)\s*[:=]\s*/i)]) {
    const box = readBox(part);
    if (!isMistake(box)) return { kind: 'box', box };
  }
  return { kind: 'text', text: trimmed };
}
