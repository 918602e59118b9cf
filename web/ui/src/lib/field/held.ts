// What was scanned or made on one page of the technician for another. A code is a credential:
// it is held in memory only, and taken once.

let code = '';

/** holdCode hands a scanned activation code to the page that is opened next. */
export function holdCode(digits: string): void {
  code = digits;
}

/** takeCode takes it, "" when there is none. */
export function takeCode(): string {
  const held = code;
  code = '';
  return held;
}
