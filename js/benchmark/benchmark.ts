// Measures on the device that the engine chooses and, where that is a graphics processor, on the CPU path as well.

import { load } from '../src/load.js';
import type { Model } from '../src/model.js';
import { CASES, type Figure, UNITS } from './cases.js';
import { deviceOf, type Options } from './options.js';
import { PEERS } from './peers.js';
import { browser, type DeviceFacts, deviceFacts, type Site } from './site.js';
import { type Measured, measuredOf } from './statistics.js';

/** What was measured on one device. */
export interface PathResult {
  device: DeviceFacts;
  figures: { name: Figure; unit: string; measured: Measured }[];
}

/** All that was measured. */
export interface BenchmarkResult {
  kind: 'unimed-benchmark';
  format: 1;
  date: string;
  site: Site;
  browser: string;
  model: { name: string; sha256: string; parameters: number };
  options: Options;
  paths: PathResult[];
  /** Figures of others that the page shows beside, with their sources. */
  published: typeof PEERS;
}

/** Where it is. */
export interface Progress {
  device: 'chosen' | 'cpu';
  what: 'load' | 'answer' | 'make';
  /** 0 warms up. */
  run: number;
}

/** Measures everything. */
export async function benchmark(site: Site, options: Options, signal: AbortSignal, tell: (progress: Progress) => void): Promise<BenchmarkResult> {
  const sample = await sampleImage();
  let used = 0;
  const freshImage = () => {
    used += 1;
    const image = new ImageData(sample.data.slice(), sample.width, sample.height);
    // A change that nobody sees: the number of the run in the first pixels.
    for (let bit = 0; bit < 16; bit += 1) image.data[4 * bit] = image.data[4 * bit]! ^ ((used >> bit) & 1);
    return image;
  };
  const chosen = await measurePath(deviceOf(location.search), options, signal, freshImage, (what, run) => tell({ device: 'chosen', what, run }));
  const paths = [chosen.path];
  if (chosen.path.device.type === 'webgpu') {
    paths.push((await measurePath('wasm', options, signal, freshImage, (what, run) => tell({ device: 'cpu', what, run }))).path);
  }
  const { name, hash: sha256, parameters } = chosen.info;
  return {
    kind: 'unimed-benchmark',
    format: 1,
    date: new Date().toISOString(),
    site,
    browser: browser(),
    model: { name, sha256, parameters },
    options,
    paths,
    published: PEERS,
  };
}

async function measurePath(
  device: 'auto' | 'webgpu' | 'wasm',
  options: Options,
  signal: AbortSignal,
  freshImage: () => ImageData,
  tell: (what: Progress['what'], run: number) => void,
) {
  const runs = new Map<Figure, number[]>();
  const keep = (figure: Figure, value: number) => runs.set(figure, [...(runs.get(figure) ?? []), value]);
  let model: Model | undefined;
  try {
    // The first load fetches what this browser does not have yet; what counts is the next ones.
    for (let run = 0; run <= options.runs; run += 1) {
      tell('load', run);
      model?.dispose();
      const started = performance.now();
      model = await load('model/', { device, signal });
      if (run > 0) keep('load', performance.now() - started);
    }
    for (const { name, run: measure } of CASES) {
      for (let run = 0; run <= options.runs; run += 1) {
        tell(name, run);
        const figures = await measure({ model: model!, options, signal, freshImage });
        if (run > 0) for (const [figure, value] of Object.entries(figures)) keep(figure as Figure, value);
      }
    }
    const figures = (Object.keys(UNITS) as Figure[])
      .filter((figure) => runs.has(figure))
      .map((figure) => ({ name: figure, unit: UNITS[figure], measured: measuredOf(runs.get(figure)!) }));
    return { path: { device: deviceFacts(model!), figures }, info: model!.info };
  } finally {
    model?.dispose();
  }
}

/** The site's own sample, as the model gets it. */
async function sampleImage(): Promise<ImageData> {
  const response = await fetch(new URL('samples/chest.png', document.baseURI));
  const bitmap = await createImageBitmap(await response.blob(), { colorSpaceConversion: 'none' });
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}
