import { UniMedError } from './errors.js';
import type { Picture } from './protocol.js';

/** What can be given as an image. A `Blob` is decoded by the browser: PNG, JPEG, WebP, AVIF and the like. */
export type ImageInput = ImageData | ImageBitmap | Blob | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas;

/** Images for a message: what is said of them, and their pixels, which go beside it. */
export async function toPictures(images: Images): Promise<{ pictures: Picture[]; buffers: ArrayBuffer[] }> {
  const list = images == null ? [] : Array.isArray(images) ? images : [images as ImageInput];
  const pixels = await Promise.all(list.map(toPixels));
  return {
    pictures: pixels.map(({ width, height }, buffer) => ({ width, height, buffer })),
    buffers: pixels.map(({ data }) => data.buffer as ArrayBuffer),
  };
}

/** An image, several, or none. */
export type Images = ImageInput | readonly ImageInput[] | null | undefined;

/** The image of a message as the page can draw it. */
export function toImageData({ width, height, buffer }: Picture, beside: unknown[]): ImageData {
  return new ImageData(new Uint8ClampedArray(beside[buffer] as ArrayBuffer), width, height);
}

async function toPixels(image: ImageInput): Promise<ImageData> {
  try {
    return overWhite(image instanceof ImageData ? copied(image) : await read(image));
  } catch (cause) {
    throw unreadable(image, cause);
  }
}

async function read(image: Exclude<ImageInput, ImageData>): Promise<ImageData> {
  // An element that is still loading has no pixels yet.
  if (typeof HTMLImageElement !== 'undefined' && image instanceof HTMLImageElement) await image.decode();
  // As UniMed's own page reads files: without colour management.
  const bitmap = await createImageBitmap(image, { colorSpaceConversion: 'none' });
  const { width, height } = bitmap;
  const context = canvas(width, height).getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

function canvas(width: number, height: number): HTMLCanvasElement | OffscreenCanvas {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement('canvas'), { width, height });
}

/** A copy, because the pixels are handed over to the worker. */
function copied({ data, width, height }: ImageData): ImageData {
  return new ImageData(new Uint8ClampedArray(data), width, height);
}

/** What is transparent lies over white, rounded as Pillow and UniMed's own page do. */
function overWhite(image: ImageData): ImageData {
  const { data } = image;
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]!;
    if (alpha === 255) continue;
    for (let c = i; c < i + 3; c += 1) {
      const t = data[c]! * alpha + 255 * (255 - alpha) + 128;
      data[c] = (t + (t >> 8)) >> 8;
    }
    data[i + 3] = 255;
  }
  return image;
}

function unreadable(image: unknown, cause: unknown): UniMedError {
  if (cause instanceof DOMException && cause.name === 'SecurityError') {
    return new UniMedError(
      'image-unreadable',
      'The image comes from another origin, so the browser keeps its pixels from the page.',
      'Serve it with Access-Control-Allow-Origin and set crossorigin on its element, or fetch it as a Blob.',
      'choose-file',
      { cause },
    );
  }
  const found = image instanceof Blob ? `a Blob of type "${image.type}"` : Object.prototype.toString.call(image).slice(8, -1);
  return new UniMedError(
    'image-unreadable',
    `The image cannot be read: expected an image that the browser decodes (PNG, JPEG, WebP), found ${found}.`,
    'Open DICOM and NIfTI in the UniMed page, or convert them to ImageData first.',
    'choose-file',
    { cause },
  );
}
