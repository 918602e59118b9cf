/** indented lays an XML document out for reading, one element a line. The text is only shown, never taken as markup. */
export function indented(text: string): string {
  const lines: string[] = [];
  let depth = 0;
  for (const part of text.replace(/>\s*</g, '>\n<').split('\n')) {
    if (/^<\//.test(part)) depth = Math.max(0, depth - 1);
    lines.push('  '.repeat(depth) + part);
    if (/^<[^!?/]/.test(part) && !/\/>$/.test(part) && !part.includes('</')) depth++;
  }
  return lines.join('\n');
}
