import type { ModelSource } from './protocol.js';

/** A folder on this device: a handle of it, or its files as a file input gives them. */
export type ModelFiles = FileSystemDirectoryHandle | FileList | readonly File[];

/** A model as the workers want it: its place, and what goes along. */
export interface Place {
  source: ModelSource;
  beside: unknown[];
}

/** The place of a model. An address may be that of its folder or of its manifest, relative to the page. */
export function placeOf(model: string | URL | ModelFiles): Place {
  if (typeof model === 'string' || model instanceof URL) return { source: { url: folderOf(model) }, beside: [] };
  if ('getFileHandle' in model) return { source: { folder: model.name }, beside: [model] };
  const files = [...model];
  const folder = files[0]?.webkitRelativePath.split('/')[0];
  return { source: { folder: folder || 'files' }, beside: [files] };
}

/** The absolute address of the folder, with a slash at its end. */
function folderOf(model: string | URL): string {
  const url = new URL(model, globalThis.document?.baseURI ?? globalThis.location.href);
  url.search = '';
  url.hash = '';
  url.pathname = url.pathname.replace(/manifest\.json$/, '').replace(/\/?$/, '/');
  return url.href;
}

/** The folder that this package lies in, with a slash at its end. */
export const packageUrl = new URL('.', import.meta.url).href;
