// From stored numbers to shades of grey, as the crate `imaging` does it (imaging/src/window.rs and voi_lut.rs; DICOM PS3.3, C.11.1
// and C.11.2). A test compares every pixel with what the decoder draws.

import type { SeriesInfo, Table, Voi } from './protocol.js';

/** A window: which real values lie between black and white. */
export interface Window {
  /** Its middle, in the file's unit. */
  center: number;
  /** Its width, in the file's unit. */
  width: number;
}

/** A window with a name. */
export interface Preset {
  name: string;
  voi: Voi;
}

const HOUNSFIELD: [string, number, number][] = [
  ['soft tissue', 400, 40],
  ['lung', 1500, -600],
  ['liver', 150, 90],
  ['bone', 2500, 480],
  ['brain', 80, 40],
];

/** A linear window, as DICOM defines it. */
export const windowOf = ({ center, width }: Window, name = ''): Voi => ({ Window: { name, center, width, function: 'Linear' } });

/** The window from `low` (black) to `high` (white), both exactly. */
function spanning(low: number, high: number, name = ''): Voi {
  return { Window: { name, center: low + (high - low) / 2, width: high - low, function: 'LinearExact' } };
}

function fullRange({ kind, range }: SeriesInfo): Voi {
  return kind === 'Rgb8' ? spanning(0, 255) : spanning(range[0] ?? 0, range[1] ?? 1);
}

const ownVoi = (info: SeriesInfo, frame: number) => (info.frames[frame]?.voi.length ? info.frames[frame].voi : info.voi);

/** What a frame is first shown with. */
export const firstVoi = (info: SeriesInfo, frame: number): Voi => ownVoi(info, frame)[0] ?? fullRange(info);

/** The windows that the keys 1 to 5 choose: of CT the usual five, else the file's own and the whole range. */
export function presets(info: SeriesInfo, frame: number): Preset[] {
  if (info.unit === 'HU') return HOUNSFIELD.map(([name, width, center]) => ({ name, voi: windowOf({ center, width }, name) }));
  const own = ownVoi(info, frame).map((voi, place) => {
    const name = 'Window' in voi ? voi.Window.name : voi.Table.name;
    return { name: name || String(place + 1), voi };
  });
  return [...own, { name: 'full range', voi: fullRange(info) }].slice(-5);
}

/** The window that comes nearest, from which a drag can start. */
export function toWindow(voi: Voi): Window {
  if ('Window' in voi) return { center: voi.Window.center, width: voi.Window.width };
  const span = Math.max(1, voi.Table.values.length - 1);
  return { center: voi.Table.first + span / 2, width: span };
}

function entry({ first, values }: Table, x: number): number {
  const index = Math.min(values.length - 1, Math.max(0, Math.sign(x) * Math.round(Math.abs(x)) - first));
  return values[index] ?? values[0] ?? 0;
}

function realValue({ rescale }: SeriesInfo, stored: number): number {
  return 'Linear' in rescale ? stored * rescale.Linear.slope + rescale.Linear.intercept : entry(rescale.Table, stored);
}

/** Brightness of real values, 0 to 1. */
function brightness(voi: Voi): (x: number) => number {
  if ('Table' in voi) {
    const top = 2 ** Math.min(16, Math.max(1, voi.Table.bits)) - 1;
    return (x) => Math.min(1, entry(voi.Table, x) / top);
  }
  const { center, width, function: shape } = voi.Window;
  if (shape === 'Sigmoid' && width > 0) return (x) => 1 / (1 + Math.exp((-4 * (x - center)) / width));
  const isStandard = shape === 'Linear' && width >= 1;
  const [middle, span] = isStandard ? [center - 0.5, width - 1] : [center, width];
  // Too narrow for a ramp: a step, above which all is white.
  if (!(span > 0)) return (x) => (x > middle ? 1 : 0);
  const [factor, offset] = [1 / span, 0.5 - middle / span];
  return (x) => Math.min(1, Math.max(0, x * factor + offset));
}

/** Draws a frame through a window: red, green, blue, 255 of every pixel. */
export function draw(info: SeriesInfo, frame: number, stored: ArrayBuffer, voi: Voi, invert: boolean): ImageData {
  const { width, height, kind } = info;
  const shown = new ImageData(width, height);
  const pixels = new Uint32Array(shown.data.buffer);
  const flip = invert !== (info.frames[frame]?.invert ?? false) ? 255 : 0;
  const bright = brightness(voi);
  const shade = (number: number) => Math.floor(bright(realValue(info, number)) * 255 + 0.5) ^ flip;
  if (kind === 'Rgb8') {
    const table = Uint8Array.from({ length: 256 }, (_, value) => shade(value));
    const colours = new Uint8Array(stored);
    for (let from = 0, to = 0; to < pixels.length; from += 3, to += 1) {
      const [r, g, b] = [table[colours[from]!]!, table[colours[from + 1]!]!, table[colours[from + 2]!]!];
      pixels[to] = 0xff000000 | (b << 16) | (g << 8) | r;
    }
    return shown;
  }
  if (kind === 'F32' || kind === 'F64') {
    const numbers = kind === 'F32' ? new Float32Array(stored) : new Float64Array(stored);
    for (let at = 0; at < pixels.length; at += 1) pixels[at] = 0xff000000 | (shade(numbers[at]!) * 0x010101);
    return shown;
  }
  const numbers = kind === 'U8' ? new Uint8Array(stored) : kind === 'U16' ? new Uint16Array(stored) : new Int16Array(stored);
  // Each shade is computed once: a frame has more pixels than it has different numbers.
  const looked = kind === 'U8' ? new Uint32Array(256) : new Uint32Array(65_536);
  const isKnown = new Uint8Array(looked.length);
  for (let at = 0; at < pixels.length; at += 1) {
    const number = numbers[at]!;
    const place = number & 0xffff;
    if (!isKnown[place]) {
      isKnown[place] = 1;
      looked[place] = 0xff000000 | (shade(number) * 0x010101);
    }
    pixels[at] = looked[place]!;
  }
  return shown;
}
