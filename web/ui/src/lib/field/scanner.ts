// Reads bar codes and QR codes from the camera. This file and the WebAssembly behind it are
// loaded by the page that scans only; the latter is a file of our own server.

import { BarcodeDetector, prepareZXingModule } from 'barcode-detector/ponyfill';
import reader from 'zxing-wasm/reader/zxing_reader.wasm?url';

prepareZXingModule({ overrides: { locateFile: (path: string, prefix: string) => (path.endsWith('.wasm') ? reader : prefix + path) } });

const detector = new BarcodeDetector({ formats: ['code_128', 'code_39', 'qr_code', 'data_matrix'] });
const pause = 120; // between pictures, ms: quick for a hand, slow enough for a battery

/** Why there is no picture: nobody allowed it, there is no camera, or the page is not served over HTTPS. */
export type NoCamera = 'refused' | 'none' | 'insecure';

/** openCamera asks for the camera that looks away from the person, and returns its stream or why there is none. */
export async function openCamera(): Promise<MediaStream | NoCamera> {
  if (!navigator.mediaDevices) return 'insecure';
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } } });
  } catch (error) {
    return error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'SecurityError') ? 'refused' : 'none';
  }
}

/** watch looks at a playing video until something is read that accept takes, or stop is called. */
export function watch(video: HTMLVideoElement, accept: (text: string) => boolean): () => void {
  let stopped = false;
  async function look(): Promise<void> {
    while (!stopped) {
      if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
        const found = await detector.detect(video).catch(() => []); // a picture that cannot be read is followed by another
        if (!stopped && found.some((code) => accept(code.rawValue))) return;
      }
      await new Promise((done) => setTimeout(done, pause));
    }
  }
  void look();
  return () => (stopped = true);
}

/** Lamp is the light beside the camera, where there is one. */
export type Lamp = { set: (on: boolean) => Promise<void> };

/** lampOf finds the lamp of a camera. */
export function lampOf(stream: MediaStream): Lamp | null {
  const track = stream.getVideoTracks()[0];
  const can = track?.getCapabilities?.() as { torch?: boolean } | undefined;
  if (!track || !can?.torch) return null;
  return { set: (on) => track.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] }) };
}
