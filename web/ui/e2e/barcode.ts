// Pictures of bar codes for tests of the scanner, made by the writer beside the reader.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';

const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm'));
prepareZXingModule({ overrides: { wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength) as ArrayBuffer } });

/** barcode returns a picture of a text as a data URL. */
export async function barcode(text: string, format: 'Code128' | 'QRCode' | 'DataMatrix'): Promise<string> {
  const { svg, error } = await writeBarcode(text, { format, scale: 4, addQuietZones: true });
  if (!svg) throw new Error(`no picture of ${text}: ${error}`);
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
