// The model of the page as if it were another one: under another name, from another address, in smaller pieces.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './surroundings.mjs';

export const model = join(root, 'public/model');
/// Smaller pieces than a package has, so that a small model has many.
const piece = 262_144;

/// Serves it to the pages of a context under other/; gives the pieces that were asked for. `gate` may hold an answer. Nobody
/// has signed its manifest, unless a signature is given.
export async function serveOther(context, gate = async () => {}, signature) {
  const manifest = JSON.parse(readFileSync(join(model, 'manifest.json'), 'utf8'));
  manifest.name = 'Other model';
  manifest.chunk_bytes = piece;
  for (const file of manifest.files) {
    const bytes = readFileSync(join(model, file.name));
    const count = Math.ceil(bytes.length / piece);
    const cut = (index) => bytes.subarray(index * piece, (index + 1) * piece);
    file.sha256 = Array.from({ length: count }, (_, index) => createHash('sha256').update(cut(index)).digest('hex'));
  }
  const asked = [];
  await context.route('**/other/*', async (route) => {
    const name = new URL(route.request().url()).pathname.split('/').at(-1);
    const own = { 'manifest.json': Buffer.from(JSON.stringify(manifest)), 'manifest.json.minisig': signature };
    const all = name in own ? own[name] : readFileSync(join(model, name));
    if (!all) {
      await route.fulfill({ status: 404 });
      return;
    }
    const range = /bytes=(\d+)-(\d+)/.exec(route.request().headers().range ?? '');
    if (!range) {
      // Playwright sets the length of a HEAD answer from its body.
      await route.fulfill({ status: 200, contentType: 'application/octet-stream', body: all });
      return;
    }
    const [from, to] = [Number(range[1]), Math.min(Number(range[2]), all.length - 1)];
    if (name.endsWith('.safetensors')) {
      asked.push(from / piece);
      await gate(from / piece);
    }
    await route.fulfill({
      status: 206,
      headers: { 'Content-Range': `bytes ${from}-${to}/${all.length}`, 'Content-Type': 'application/octet-stream' },
      body: all.subarray(from, to + 1),
    });
  });
  return asked;
}

/// A model's card in the model manager, in a state.
export const inState = (page, name, state) =>
  page.page.locator(`[data-testid="model-card"][data-state="${state}"]`, { hasText: name });

/// Tells the open model manager of it.
export async function addOther(page, site) {
  await page.at('model-address').fill(`${site.url}other/manifest.json`);
  await page.at('model-address').press('Enter');
  await inState(page, 'Other model', 'away').waitFor();
}
