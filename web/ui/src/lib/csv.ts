/** csv writes rows as RFC 4180 has it, with a byte order mark, without which spreadsheets take UTF-8 for something else. */
export function csv(rows: readonly (readonly (string | number | null | undefined)[])[]): Blob {
  const text = rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
  return new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' });
}

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t]/.test(value) ? `'${value}` : value; // a spreadsheet would take it for a formula
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
