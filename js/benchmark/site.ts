// Which site, which browser and which device this is.

import type { Device, Model } from '../src/model.js';

/** The site: its release, and the hash of the list of its files, which stands for all of them. */
export interface Site {
  version: string;
  /** SHA-256 of files.json. */
  files: string;
}

/** Files of the site by their paths, as files.json has them. */
export type SiteFiles = Record<string, { bytes: number; sha256: string }>;

/** What cannot go on, in a sentence for the person at the page. */
export class PageError extends Error {
  override readonly name = 'PageError';
}

/** A file of the site. */
export async function fetched(path: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  let why = 'the network is not there';
  try {
    const response = await fetch(new URL(path, document.baseURI), { ...(signal && { signal }) });
    if (response.ok) return await response.arrayBuffer();
    why = `the host answers ${response.status}`;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof TypeError)) throw error;
  }
  throw new PageError(`The file ${path} of this site cannot be fetched: ${why}. Try again.`);
}

/** What the list of the site's files says. */
export async function readSite(): Promise<{ site: Site; files: SiteFiles }> {
  const bytes = await fetched('files.json');
  const { version, files } = JSON.parse(new TextDecoder().decode(bytes)) as { version: string; files: SiteFiles };
  return { site: { version, files: await sha256(bytes) }, files };
}

/** SHA-256 in hexadecimal. */
export async function sha256(bytes: BufferSource): Promise<string> {
  if (!globalThis.crypto?.subtle) {
    throw new PageError('This address gives the page no hashes (SubtleCrypto). Open the site by https or on localhost.');
  }
  const hash = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The browser and its system, in the browser's own words. */
export const browser = (): string => navigator.userAgent;

/** What a certificate and a benchmark say of the device. */
export type DeviceFacts = Pick<Device, 'type' | 'name' | 'software' | 'why' | 'kernels'>;

/** What the engine runs on, without how far its loading is. */
export function deviceFacts(model: Model): DeviceFacts {
  const { type, name, software, why, kernels } = model.device();
  return { type, name, software, why, kernels: kernels.replace(/^What makes images is being loaded: \d+ %\.\s*/, '') };
}
