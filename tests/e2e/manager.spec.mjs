// The model manager: models by address and from folders are listed, kept, paused, checked, used and removed.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { addOther, inState, model, serveOther } from './support/other-model.mjs';
import { UniMedPage } from './support/page.mjs';
import { startBrowser, startSite } from './support/surroundings.mjs';

/// A folder with the default model under another name.
const folder = mkdtempSync(join(tmpdir(), 'unimed-model-'));

let site;
let browser;
let context;
before(async () => {
  cpSync(model, folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(model, 'manifest.json'), 'utf8'));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, name: 'Model in a folder' }));
  rmSync(join(folder, 'manifest.json.minisig'));
  [site, browser] = await Promise.all([startSite(), startBrowser([])]);
});
after(async () => {
  await browser.close();
  await site.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  context = await browser.newContext({ serviceWorkers: 'block' });
});
afterEach(() => context.close());

/// Opens the page and its model manager.
async function manager() {
  const page = new UniMedPage(await context.newPage());
  page.page.setDefaultTimeout(120_000);
  await page.page.goto(site.url);
  await page.at('model').filter({ hasText: 'MB)' }).waitFor();
  await open(page);
  return page;
}

async function open(page) {
  await page.at('model').click();
  await page.at('model-card').first().waitFor();
}

const card = (page, name) => page.at('model-card').filter({ hasText: name });
const press = (at, name) => at.getByRole('button', { name, exact: true }).click();

test('the default model is kept, checked, removed and kept again', async () => {
  const page = await manager();
  const own = inState(page, 'UniMed', 'here');
  await own.waitFor();
  assert.match(await own.innerText(), /Size [\d.]+ MB, licence .+[\s\S]*Answering needs about [\d.]+ MB[\s\S]*it fits/);
  await own.getByText('In use').waitFor();
  await press(own, 'Verify');
  await own.getByText('Checked: every piece is whole').waitFor();
  await press(own, 'Delete');
  const gone = inState(page, 'UniMed', 'away');
  await gone.waitFor();
  await press(gone, 'Download');
  await own.waitFor();
  assert.match(await page.at('storage').innerText(), /This page keeps [\d.]+ MB on this device/);
  assert.deepEqual(page.problems, []);
});

test('a model by its address is kept beside the first, pauses, goes on and fetches nothing twice that was kept', async () => {
  let opened;
  const gate = new Promise((resolve) => (opened = resolve));
  // The first piece comes at once, the others when the gate opens.
  const asked = await serveOther(context, async (index) => (index > 0 ? gate : undefined));
  const page = await manager();
  await addOther(page, site);
  await press(card(page, 'Other model'), 'Download');
  await inState(page, 'Other model', 'fetching').waitFor();
  // The pieces that are here are counted while the next ones are held.
  await card(page, 'Other model').getByText(/^(2[6-9]\d|[3-9]\d\d) kB of [\d.]+ MB/).waitFor();
  await press(card(page, 'Other model'), 'Pause');
  // While the server is still silent.
  await inState(page, 'Other model', 'partial').waitFor({ timeout: 5000 });
  opened();
  await press(card(page, 'Other model'), 'Resume');
  await inState(page, 'Other model', 'here').waitFor();
  // Pieces that were under way at the pause, four at most, come again.
  const again = asked.filter((index, at) => asked.indexOf(index) !== at);
  assert.ok(again.length <= 4 && !again.includes(0), `${asked}`);
  await inState(page, 'UniMed', 'here').waitFor();
  assert.equal(await page.at('model-card').count(), 2);

  await press(card(page, 'Other model'), 'Use');
  await page.at('model').filter({ hasText: 'Other model (' }).waitFor();
  await page.page.keyboard.press('Escape');
  assert.equal((await page.answered('What is a chest X-ray?')).state, 'done');

  // On the next visit it is used again, and its server need not be there.
  const before = asked.length;
  await context.unroute('**/other/*');
  await context.route('**/other/*', (route) => route.abort());
  await page.page.reload();
  await page.at('model').filter({ hasText: 'Other model (' }).waitFor();
  assert.equal(asked.length, before);
  await open(page);
  await inState(page, 'Other model', 'here').getByText('In use').waitFor();
  await press(card(page, 'UniMed'), 'Use');
  await page.at('model').filter({ hasText: 'UniMed' }).waitFor();
});

test('space that runs out is said in numbers, and what was kept stays', async () => {
  await serveOther(context);
  const page = await manager();
  await addOther(page, site);
  const { size } = statSync(join(model, 'model-00001-of-00001.safetensors'));
  // Chromium tells a page more space than it gives, so that this shows only when a write fails.
  const developer = await context.newCDPSession(page.page);
  await developer.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin, quotaSize: Math.round(1.5 * size) });
  await press(card(page, 'Other model'), 'Download');
  const says = card(page, 'Other model').getByRole('alert');
  await says.waitFor();
  assert.match(await says.innerText(), /The model needs [\d.]+ [kM]B more, and this browser lets the page have 0 B\. *\s*Delete a model/);
  await inState(page, 'Other model', 'partial').waitFor();
});

test('a signed model says by whom, an unsigned one says so, and one that was changed is refused', async () => {
  // The signature of the default model beside another manifest.
  await serveOther(context, undefined, readFileSync(join(model, 'manifest.json.minisig')));
  const page = await manager();
  const own = inState(page, 'UniMed', 'here');
  await own.getByText(/^Signed by .+ with the key that comes with this page \(([0-9a-f]{4} ?){8}\)\.$/).waitFor();
  await page.at('model-address').fill(`${site.url}other/`);
  await page.at('model-address').press('Enter');
  const changed = inState(page, '/other/', 'failed');
  assert.match(
    await changed.getByRole('alert').innerText(),
    /The signature of this package does not fit: manifest\.json or its signature was changed after it was signed\.\s+Do not use/,
  );
  assert.equal(await changed.getByRole('button', { name: 'Use', exact: true }).count(), 0);
  await press(changed, 'Remove from the list');

  await context.unroute('**/other/*');
  await serveOther(context);
  await addOther(page, site);
  await card(page, 'Other model').getByText('Not signed: nothing proves who made it.').waitFor();
});

test('a model that is older than one that was seen is warned of', async () => {
  const page = await manager();
  const own = inState(page, 'UniMed', 'here');
  await own.getByText('Signed by').waitFor();
  assert.equal(await own.getByRole('alert').count(), 0);
  // What the browser would remember of a version that was signed a month later.
  await page.page.evaluate(async () => {
    const models = await (await navigator.storage.getDirectory()).getDirectoryHandle('models');
    const file = await models.getFileHandle('keys.json');
    const keys = JSON.parse(await (await file.getFile()).text());
    for (const seen of keys.seen) seen.newest += 30 * 86_400;
    const writer = await file.createWritable();
    await writer.write(JSON.stringify(keys));
    await writer.close();
  });
  await page.page.reload();
  await page.at('model').filter({ hasText: 'MB)' }).waitFor();
  await open(page);
  assert.match(
    await own.getByRole('alert').innerText(),
    /This is an older version: it was signed on \d{4}-\d\d-\d\d, and this browser has seen one that was signed on \d{4}-\d\d-\d\d\./,
  );
  assert.equal(await own.getByRole('button', { name: 'Verify', exact: true }).count(), 1);
});

test('an address without a model says what to do', async () => {
  const page = await manager();
  await page.at('model-address').fill(`${site.url}nothing/here/`);
  await press(page.page.locator('dialog[open]'), 'Add');
  const failed = inState(page, 'nothing/here', 'failed');
  await failed.getByRole('alert').waitFor();
  assert.match(await failed.getByRole('alert').innerText(), /manifest\.json is not there/);
  await press(failed, 'Remove from the list');
  await failed.waitFor({ state: 'detached' });
});

test('a manifest without an end is given up', async () => {
  const noise = Buffer.alloc(33 << 20, ' ');
  await context.route('**/endless/*', async (route) => {
    // Asked for the length alone, the server does not tell it.
    if (route.request().method() === 'HEAD') await route.fulfill({ status: 200, headers: { 'Content-Encoding': 'gzip' } });
    else await route.fulfill({ status: 200, contentType: 'application/json', body: noise });
  });
  const page = await manager();
  await page.at('model-address').fill(`${site.url}endless/`);
  await press(page.page.locator('dialog[open]'), 'Add');
  const failed = inState(page, '/endless/', 'failed');
  assert.match(await failed.getByRole('alert').innerText(), /manifest\.json is sent without an end \(more than \d+ bytes\)/);
});

test('a server that is silent is given up', { skip: process.env.UNIMED_ALL !== '1' && 'it takes the time of two silences' }, async () => {
  await context.route('**/silent/*', () => {});
  const page = await manager();
  const start = Date.now();
  await page.at('model-address').fill(`${site.url}silent/`);
  await press(page.page.locator('dialog[open]'), 'Add');
  const failed = inState(page, '/silent/', 'failed');
  assert.match(await failed.getByRole('alert').innerText(), /manifest\.json could not be fetched \(the server is silent\)/);
  assert.ok(Date.now() - start < 60_000);
});

/// Requests for files of the model while something is done.
async function modelRequests(page, work) {
  const seen = [];
  const note = (request) => /\/(model|picked)\//.test(request.url()) && seen.push(request.url());
  context.on('request', note);
  await work();
  context.off('request', note);
  return seen;
}

for (const handles of [true, false]) {
  test(`a folder is used where it lies, ${handles ? 'by its handle' : 'by the list of its files'}, and can be copied`, async () => {
    await context.route('**/picked/*', (route) =>
      route.fulfill({ body: readFileSync(join(folder, new URL(route.request().url()).pathname.split('/').at(-1))) }),
    );
    await context.addInitScript((handles) => {
      if (!handles) {
        delete globalThis.showDirectoryPicker;
        return;
      }
      // A real folder of the browser's own, in place of the dialog that no test can reach.
      globalThis.showDirectoryPicker = async () => {
        const rootFolder = await navigator.storage.getDirectory();
        const folder = await rootFolder.getDirectoryHandle('picked', { create: true });
        for (const name of ['manifest.json', 'tokenizer.json', 'model-00001-of-00001.safetensors']) {
          const file = await folder.getFileHandle(name, { create: true });
          const writer = await file.createWritable();
          await writer.write(await (await fetch(`picked/${name}`)).blob());
          await writer.close();
        }
        return folder;
      };
    }, handles);
    const page = await manager();
    if (handles) {
      await page.at('model-folder').click();
    } else {
      const chooser = page.page.waitForEvent('filechooser');
      await page.at('model-folder').click();
      await (await chooser).setFiles(folder);
    }
    const here = inState(page, 'Model in a folder', 'folder');
    await here.waitFor();
    const fetched = await modelRequests(page, async () => {
      await press(here, 'Verify');
      await here.getByText('Checked: every piece is whole').waitFor();
      await press(here, 'Use');
      await here.getByText('In use').waitFor();
      await page.at('model').filter({ hasText: 'Model in a folder (' }).waitFor();
      await page.page.keyboard.press('Escape');
      assert.equal((await page.answered('What is a chest X-ray?')).state, 'done');
    });
    assert.deepEqual(fetched, []);
    // A copy needs the folder no more.
    await open(page);
    await press(here, 'Copy into this browser');
    await inState(page, 'Model in a folder', 'here').waitFor();
    await page.page.reload();
    await open(page);
    await press(inState(page, 'Model in a folder', 'here'), 'Use');
    await page.at('model').filter({ hasText: 'Model in a folder (' }).waitFor();
  });
}
