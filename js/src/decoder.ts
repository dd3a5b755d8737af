// The page's end of the decoding worker. Each opening has a worker of its own, which ends when all is read: its memory never shrinks.

import { errorOf } from './engine.js';
import { UniMedError } from './errors.js';
import { toImageData } from './images.js';
import type { FromDecoder, SeriesInfo, ToDecoder } from './protocol.js';
import { WorkerHandle } from './worker-handle.js';

/** A series as the decoder brings it. */
export interface Series {
  info: SeriesInfo;
  /** A frame as it is first shown. */
  shown: ImageData;
  /** Stored numbers, one buffer a frame; none where `shown` is all there is. */
  frames: ArrayBuffer[];
}

/** What came of files: series, and why others could not be read. */
export interface Opened {
  series: Series[];
  problems: UniMedError[];
}

/** Reads files that belong together. */
export function readFiles(files: readonly File[], signal: AbortSignal): Promise<Opened> {
  const opened: Opened = { series: [], problems: [] };
  let worker: WorkerHandle<ToDecoder, FromDecoder> | undefined;
  const end = () => worker?.terminate();
  const read = new Promise<Opened>((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    // Bundlers find the worker by exactly this expression.
    const start = (name: string) => new Worker(new URL('./workers/reader.js', import.meta.url), { type: 'module', name });
    let reading = '';
    worker = new WorkerHandle<ToDecoder, FromDecoder>(start, {
      event: (event, beside) => {
        if ('reading' in event) reading = event.reading.name;
        else if ('series' in event) {
          const { info, shown } = event.series;
          const [, ...frames] = beside as ArrayBuffer[];
          opened.series.push({ info: JSON.parse(info) as SeriesInfo, shown: toImageData(shown, beside), frames });
        } else if ('failed' in event) opened.problems.push(errorOf('image-unreadable', event.failed.user_error));
        else if ('done' in event) resolve(opened);
      },
      failed: (detail) => reject(stopped(reading, detail)),
    });
    worker.post({ open: { batch: 1, names: files.map(({ name }) => name), skip: [] } }, [...files]);
  });
  return read.finally(end);
}

function stopped(name: string, detail: string): UniMedError {
  const cause = detail ? new Error(detail) : undefined;
  return name
    ? new UniMedError(
        'worker-failed',
        `The decoder stopped while it read ${name}.`,
        'Leave that file out, or open it on a device with more memory.',
        'choose-file',
        { cause },
      )
    : new UniMedError(
        'worker-failed',
        'The decoder did not start.',
        "Check that the package's workers folder is served from the page's own origin, and that the policy of the page and of " +
          "these files allows script-src 'self' 'wasm-unsafe-eval' and worker-src 'self'.",
        'reload',
        { cause },
      );
}
