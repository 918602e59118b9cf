// Activation codes that were just issued, with their pictures. The server tells a code once: it is kept here, for this tab
// and person only, until it was printed.
import { session } from './session.svelte';

export interface Issued {
  code: string;
  /** Pictures made by the server, as SVG. */
  qr?: string | undefined;
  barcode?: string | undefined;
}

const prefix = 'itms.code.';

function key(source: string, orderNo: string): string {
  return `${prefix}${session.me?.name ?? ''} ${source} ${orderNo}`;
}

/** keepCode remembers the code in an answer that issued one. */
export function keepCode(order: { source: string; orderNo: string; activationCode?: string | undefined; qr?: string | undefined; barcode?: string | undefined }): void {
  if (!order.activationCode) return;
  const issued: Issued = { code: order.activationCode, qr: order.qr, barcode: order.barcode };
  sessionStorage.setItem(key(order.source, order.orderNo), JSON.stringify(issued));
}

/** keptCode returns the code of an order that was issued in this tab and not printed yet. */
export function keptCode(source: string, orderNo: string): Issued | null {
  const kept = sessionStorage.getItem(key(source, orderNo));
  return kept ? (JSON.parse(kept) as Issued) : null;
}

export function dropCode(source: string, orderNo: string): void {
  sessionStorage.removeItem(key(source, orderNo));
}
