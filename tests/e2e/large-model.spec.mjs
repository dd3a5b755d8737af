// A package of gigabytes goes through the page's hands piece by piece, from a server and from a folder: memory stays
// small, a page that is killed half-way goes on where it was, every piece is checked and none that was kept is fetched
// twice. 5 GB with `cargo xtask test --all`, else a small one; UNIMED_LARGE_PIECES sets the number of 4 MiB pieces.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { UniMedPage } from './support/page.mjs';
import { root, startProfile } from './support/surroundings.mjs';
import { withoutTraces } from './support/traces.mjs';

withoutTraces();

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

/// Goes before the program of the engine's worker: lets a test see the memory of the wasm.
const tellMemory = `
  for (const way of ['instantiate', 'instantiateStreaming']) {
    const plain = WebAssembly[way];
    WebAssembly[way] = async (...given) => {
      const made = await plain.apply(WebAssembly, given);
      globalThis.wasmMemory = (made.instance ?? made).exports.memory;
      return made;
    };
  }
`;

const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css' };

const files = pieces / perFile;
const fileName = (file) => `model-${String(file + 1).padStart(5, '0')}-of-${String(files).padStart(5, '0')}.safetensors`;

function makeManifest() {
  const manifest = JSON.parse(readFileSync(join(root, 'public/model/manifest.json'), 'utf8'));
  manifest.name = 'Large model';
  manifest.quantization = 'none';
  delete manifest.matrices;
  manifest.files = Array.from({ length: files }, (_, file) => ({
    name: fileName(file),
    size: perFile * piece,
    sha256: Array.from({ length: perFile }, (_, index) =>
      createHash('sha256').update(content(file, index)).digest('hex'),
    ),
  }));
  return JSON.stringify(manifest);
}

/// Serves the page and the package; `served` counts how often each piece was sent whole.
async function startHost(manifest) {
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
      let body = path === 'large/manifest.json' ? Buffer.from(manifest) : await readFile(join(root, 'dist', path));
      if (/^(worker|models)_loader\.js$/.test(path)) body = Buffer.concat([Buffer.from(tellMemory), body]);
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

let manifest;
let host;
let profile;
let context;
before(async () => {
  manifest = makeManifest();
  host = await startHost(manifest);
});
after(() => host.stop());
beforeEach(async () => {
  profile = mkdtempSync(join(tmpdir(), 'unimed-profile-'));
  context = await startProfile(profile, { serviceWorkers: 'block' });
});
afterEach(async () => {
  await context.close();
  rmSync(profile, { recursive: true });
});

/// Memory of the largest of the browser's pages in bytes: of the page, its workers and all that they hold.
function pageMemory() {
  const sizes = [0];
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      // A page's process does not name the profile; its parents do.
      if (!readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('--type=renderer') || !isOurs(id)) continue;
      sizes.push(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))[1]) * 1024);
    } catch {
      // It ended in the meantime.
    }
  }
  return Math.max(...sizes);
}

/// Memory of the largest wasm program of the page's workers in bytes.
async function wasmMemory(page) {
  const sizes = page.workers().map((worker) => worker.evaluate(() => globalThis.wasmMemory?.buffer.byteLength ?? 0));
  // A worker that is just starting or ending tells nothing.
  return Math.max(0, ...(await Promise.allSettled(sizes)).map(({ value }) => value ?? 0));
}

/// Whether a process belongs to the browser of this test.
function isOurs(id) {
  for (let at = id; Number(at) > 1; at = /PPid:\s+(\d+)/.exec(readFileSync(`/proc/${at}/status`, 'utf8'))[1]) {
    if (readFileSync(`/proc/${at}/cmdline`, 'utf8').includes(profile)) return true;
  }
  return false;
}

const inState = (page, state) =>
  page.page.locator(`[data-testid="model-card"][data-state="${state}"]`, { hasText: 'Large model' }).first();

/// Opens the model manager.
async function open() {
  const page = new UniMedPage(await context.newPage());
  page.page.setDefaultTimeout(120_000);
  await page.page.goto(host.url);
  await page.at('model').filter({ hasText: 'MB)' }).waitFor();
  await page.at('model').click();
  await page.at('model-card').first().waitFor();
  return page;
}

/// Watches the memory of the page while something is done.
class Watch {
  start() {
    this.before = pageMemory();
    this.peak = this.before;
    this.wasm = 0;
    this.begun = Date.now();
    return this;
  }

  async until(page, done) {
    while (!(await done())) {
      this.peak = Math.max(this.peak, pageMemory());
      this.wasm = Math.max(this.wasm, await wasmMemory(page));
      await page.page.waitForTimeout(100);
    }
  }

  lap() {
    const seconds = (Date.now() - this.begun) / 1000;
    this.begun = Date.now();
    return `${((pieces * piece) / 1e9).toFixed(2)} GB in ${seconds.toFixed(0)} s`;
  }

  /// Says how large memory grew; neither the wasm programs' nor what the page as a whole adds may pass 256 MiB.
  end(t, words) {
    const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(0);
    const grown = this.peak - this.before;
    const memory = `wasm memory ${mebibytes(this.wasm)} MiB at most, all memory of the page grew by ${mebibytes(grown)} MiB`;
    t.diagnostic(`${words}; ${memory}`);
    assert.ok(this.wasm > 0 && this.wasm <= 256 * 2 ** 20, memory);
    assert.ok(grown <= 256 * 2 ** 20, memory);
  }
}

const press = (at, name) => at.getByRole('button', { name, exact: true }).click();
const checked = (page) => page.page.getByText('Checked: every piece is whole').first();

test('a package of gigabytes is kept in small memory, and a killed page goes on where it was', async (t) => {
  let page = await open();
  await page.at('model-address').fill(`${host.url}large/`);
  await page.at('model-address').press('Enter');
  await inState(page, 'away').waitFor();
  const watch = new Watch().start();
  await press(inState(page, 'away'), 'Download');
  await watch.until(page, () => host.served.size >= pieces / 2);
  // No good-bye: the page is gone in the middle of its work.
  await page.page.close();

  page = await open();
  await press(inState(page, 'partial'), 'Resume');
  await watch.until(page, () => inState(page, 'here').isVisible());
  const fetchedIn = watch.lap();
  const twice = [...host.served.values()].filter((count) => count > 1).length;
  assert.equal(host.served.size, pieces);
  // Those that were under way when the page died were never kept.
  assert.ok(twice <= lanes, `${twice} pieces were fetched twice`);

  const fetched = [...host.served.values()].reduce((sum, count) => sum + count, 0);
  await press(inState(page, 'here'), 'Verify');
  await watch.until(page, () => checked(page).isVisible());
  assert.equal([...host.served.values()].reduce((sum, count) => sum + count, 0), fetched);
  watch.end(t, `fetched ${fetchedIn}, ${twice} pieces twice; checked ${watch.lap()}`);
  await press(inState(page, 'here'), 'Delete');
  await inState(page, 'away').waitFor();
});

/// Writes the package as files.
function writeFolder(folder) {
  writeFileSync(join(folder, 'manifest.json'), manifest);
  for (let file = 0; file < files; file += 1) {
    const written = openSync(join(folder, fileName(file)), 'w');
    for (let index = 0; index < perFile; index += 1) writeSync(written, content(file, index));
    closeSync(written);
  }
}

/// Bytes on this device by the words on a card.
async function keptBytes(card) {
  const [, amount, unit] = /([\d.]+) (kB|MB|GB) of/.exec(await card.getByTestId('model-status').innerText());
  return Number(amount) * { kB: 1e3, MB: 1e6, GB: 1e9 }[unit];
}

test('a folder of gigabytes is checked where it lies and copied, both in small memory', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unimed-large-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFolder(folder);
  // No test can reach the dialog that gives a handle; the list of files is read in the same way.
  await context.addInitScript(() => delete globalThis.showDirectoryPicker);
  const choose = async (page) => {
    const chooser = page.page.waitForEvent('filechooser');
    await page.at('model-folder').click();
    await (await chooser).setFiles(folder);
    await inState(page, 'folder').waitFor();
  };
  const before = host.served.size;
  let page = await open();
  await choose(page);
  const watch = new Watch().start();
  await press(inState(page, 'folder'), 'Verify');
  await watch.until(page, () => checked(page).isVisible());
  const checkedIn = watch.lap();

  await press(inState(page, 'folder'), 'Copy into this browser');
  const share = () => page.page.locator('.model progress').first().getAttribute('value');
  await inState(page, 'fetching').locator('progress').waitFor();
  await watch.until(page, async () => Number(await share()) >= 0.5);
  await page.page.close();

  page = await open();
  // A page that was killed has forgotten the folder, not the pieces.
  const kept = await keptBytes(inState(page, 'partial'));
  assert.ok(kept >= 0.49 * pieces * piece, `${kept} bytes were kept`);
  await choose(page);
  await press(inState(page, 'folder'), 'Copy into this browser');
  const going = inState(page, 'fetching');
  await going.locator('progress').waitFor();
  // It goes on with the next piece; words round to a tenth.
  assert.ok((await keptBytes(going)) >= 0.95 * kept, 'it started anew');
  await watch.until(page, () => inState(page, 'here').isVisible());
  const copiedIn = watch.lap();
  await press(inState(page, 'here'), 'Verify');
  await watch.until(page, () => checked(page).isVisible());
  // Nothing came from the server.
  assert.equal(host.served.size, before);
  watch.end(t, `checked ${checkedIn}; copied ${copiedIn}; checked again ${watch.lap()}`);
});
