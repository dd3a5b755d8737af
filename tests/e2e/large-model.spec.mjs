// A package of gigabytes goes through the page's hands piece by piece: memory stays small, a page that is killed half-way
// goes on where it was, every piece is checked and none that was kept is fetched twice. 5 GB with `cargo xtask test
// --all`, else a small one; UNIMED_LARGE_PIECES sets the number of 4 MiB pieces.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { UniMedPage } from './support/page.mjs';
import { root, startBrowser } from './support/surroundings.mjs';

const piece = 4 << 20;
const pieces = Number(process.env.UNIMED_LARGE_PIECES ?? (process.env.UNIMED_ALL === '1' ? 1280 : 48));
/// Pieces of a file: 256 MiB, as the converter makes them.
const perFile = Math.min(64, pieces / 2);
/// Pieces that are under way at the same time.
const lanes = 4;

/// Content that is made when it is asked for: one block of noise, with the piece's place written over its start.
const noise = Buffer.alloc(piece);
for (let i = 0, state = 1; i < piece; i += 4) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  noise.writeInt32LE(state, i);
}

/// The header of a safetensors file of one tensor that fills the file.
function header(file) {
  const values = (perFile * piece - 4096) / 4;
  const text = JSON.stringify({ [`t${file}`]: { dtype: 'F32', shape: [values], data_offsets: [0, 4 * values] } });
  const head = Buffer.alloc(4096, ' ');
  head.writeBigUInt64LE(BigInt(4096 - 8));
  head.write(text, 8);
  return head;
}

function content(file, index) {
  const bytes = Buffer.from(noise);
  bytes.writeUInt32LE(file * perFile + index, 8192);
  if (index === 0) header(file).copy(bytes);
  return bytes;
}

const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css' };

/// Serves the page and the package; `served` counts how often each piece was sent whole.
async function startHost() {
  const files = pieces / perFile;
  const name = (file) => `model-${String(file + 1).padStart(5, '0')}-of-${String(files).padStart(5, '0')}.safetensors`;
  const manifest = JSON.parse(readFileSync(join(root, 'public/model/manifest.json'), 'utf8'));
  manifest.name = 'Large model';
  manifest.quantization = 'none';
  delete manifest.matrices;
  manifest.files = Array.from({ length: files }, (_, file) => ({
    name: name(file),
    size: perFile * piece,
    sha256: Array.from({ length: perFile }, (_, index) =>
      createHash('sha256').update(content(file, index)).digest('hex'),
    ),
  }));
  const served = new Map();
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://host').pathname.slice(1) || 'index.html';
    const shard = /^large\/model-(\d+)-of/.exec(path);
    if (shard) {
      const file = Number(shard[1]) - 1;
      const [from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range).slice(1).map(Number);
      assert.equal(from % piece, 0);
      response.writeHead(206, {
        'Content-Range': `bytes ${from}-${to}/${perFile * piece}`,
        'Content-Type': 'application/octet-stream',
      });
      response.end(content(file, from / piece).subarray(0, to + 1 - from), () => {
        const place = file * perFile + from / piece;
        served.set(place, (served.get(place) ?? 0) + 1);
      });
      return;
    }
    try {
      const body =
        path === 'large/manifest.json' ? Buffer.from(JSON.stringify(manifest)) : await readFile(join(root, 'dist', path));
      response.writeHead(200, {
        'Content-Type': types[extname(path)] ?? 'application/octet-stream',
        'Content-Length': body.length,
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    served,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

let host;
let browser;
before(async () => {
  [host, browser] = await Promise.all([startHost(), startBrowser([])]);
});
after(async () => {
  await browser.close();
  await host.stop();
});

/// Memory of the largest of the browser's pages in bytes: of the page, its workers and all that they hold.
async function pageMemory() {
  const developer = await browser.newBrowserCDPSession();
  const { processInfo } = await developer.send('SystemInfo.getProcessInfo');
  await developer.detach();
  const resident = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))[1]) * 1024);
  return Math.max(...resident);
}

const inState = (page, state) =>
  page.page.locator(`[data-testid="model-card"][data-state="${state}"]`, { hasText: 'Large model' });

/// Opens the model manager with the large model in its list.
async function open(context) {
  const page = new UniMedPage(await context.newPage());
  page.page.setDefaultTimeout(120_000);
  await page.page.goto(host.url);
  await page.at('model').filter({ hasText: 'MB)' }).waitFor();
  await page.at('model').click();
  await page.at('model-card').first().waitFor();
  return page;
}

test('a package of gigabytes is kept in small memory, and a killed page goes on where it was', async (t) => {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  let page = await open(context);
  await page.at('model-address').fill(`${host.url}large/`);
  await page.at('model-address').press('Enter');
  await inState(page, 'away').waitFor();
  const before = await pageMemory();
  let peak = 0;
  const until = async (done) => {
    while (!(await done())) {
      peak = Math.max(peak, await pageMemory());
      await page.page.waitForTimeout(100);
    }
  };
  const start = Date.now();
  await inState(page, 'away').getByRole('button', { name: 'Download' }).click();
  await until(() => host.served.size >= pieces / 2);
  // No good-bye: the page is gone in the middle of its work.
  await page.page.close();

  page = await open(context);
  await inState(page, 'partial').getByRole('button', { name: 'Resume' }).click();
  await until(() => inState(page, 'here').isVisible());
  const seconds = (Date.now() - start) / 1000;
  const twice = [...host.served.values()].filter((count) => count > 1).length;
  assert.equal(host.served.size, pieces);
  // Those that were under way when the page died were never kept.
  assert.ok(twice <= lanes, `${twice} pieces were fetched twice`);

  const fetched = [...host.served.values()].reduce((sum, count) => sum + count, 0);
  await inState(page, 'here').getByRole('button', { name: 'Verify' }).click();
  await until(() => inState(page, 'here').getByText('Checked: every piece is whole').isVisible());
  assert.equal([...host.served.values()].reduce((sum, count) => sum + count, 0), fetched);
  const grown = (peak - before) / 2 ** 20;
  t.diagnostic(
    `${((pieces * piece) / 1e9).toFixed(2)} GB in ${seconds.toFixed(0)} s; memory grew by ${grown.toFixed(0)} MiB at most`,
  );
  assert.ok(grown <= 256, `memory grew by ${grown} MiB`);
  await inState(page, 'here').getByRole('button', { name: 'Delete' }).click();
  await inState(page, 'away').waitFor();
  await context.close();
});
