// How much is done and where; the page's address may ask for less, for tests and for slow devices.

import type { Run } from './certificate.js';

/** How much is measured. */
export interface Options {
  /** Measured runs of each case, after one that warms up. */
  runs: number;
  /** Longest answer, in tokens. */
  tokens: number;
  /** Width and height of the image that is made, in pixels. */
  size: number;
  /** Steps of the image; without it as the model's makers chose. */
  steps?: number;
}

/** What the engine is to run on; `?device=cpu` and `?device=gpu` as on the main page. */
export function deviceOf(search: string): 'auto' | 'webgpu' | 'wasm' {
  const asked = new URLSearchParams(search).get('device');
  return asked === 'cpu' ? 'wasm' : asked === 'gpu' ? 'webgpu' : 'auto';
}

/** The one way of holding matrices that the address asks for (`?matrices=floats`); a certificate then certifies nothing. */
export function onlyMatrices(search: string): Run['matrices'] | undefined {
  const asked = new URLSearchParams(search).get('matrices');
  return asked === 'floats' || asked === 'q8' ? asked : undefined;
}

/** What is measured where the address asks for nothing else. */
export const USUAL: Options = { runs: 3, tokens: 32, size: 256 };

/** What the address asks for: `?runs=1&tokens=4&size=128&steps=2`. */
export function optionsOf(search: string): Options {
  const asked = new URLSearchParams(search);
  const whole = (name: string, least: number, most: number) => {
    const value = Number(asked.get(name) ?? NaN);
    return Number.isInteger(value) && value >= least && value <= most ? value : undefined;
  };
  const steps = whole('steps', 1, 100);
  return {
    runs: whole('runs', 1, 20) ?? USUAL.runs,
    tokens: whole('tokens', 2, 256) ?? USUAL.tokens,
    size: whole('size', 64, 1024) ?? USUAL.size,
    ...(steps !== undefined && { steps }),
  };
}
