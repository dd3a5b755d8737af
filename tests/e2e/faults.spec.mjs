// What a browser takes from the page while the model loads, while it answers and while it makes an image: a loss ends in a
// sentence within five seconds and the page works again one click later, or nothing of it is noticed. Images and conversation
// are kept in each case. docs/reliability.md lists all of them. Those that take no other way through the programs than one that
// is tried every day run with `cargo xtask test --all`.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { decoderOf, end, engineOf, fillMemory, inWorkers, slowWords } from './support/faults.mjs';
import { png } from './support/made.mjs';
import { UniMedPage } from './support/page.mjs';
import { devices, siteAndBrowser } from './support/surroundings.mjs';

const question = 'What kind of image is this?';
const report = 'Write a report.';
const small = { name: 'small.png', mimeType: 'image/png', buffer: png(32, 32, [200, 30, 40]) };
const all = process.env.UNIMED_ALL === '1';

const around = siteAndBrowser({ flags: devices.cpu.flags });
let context;
let page;
beforeEach(async () => {
  context = await around.browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
});
afterEach(() => context.close());

async function visit() {
  const visited = new UniMedPage(await context.newPage());
  visited.page.setDefaultTimeout(60_000);
  await visited.page.goto(around.site.url);
  await visited.at('prompt').waitFor();
  return visited;
}

/// Holds the model's weights back behind their first piece; gives what lets them come.
async function heldModel() {
  let go;
  const held = new Promise((resolve) => (go = resolve));
  await context.route('**/*.safetensors', async (route) => {
    if (route.request().headers().range !== 'bytes=0-4194303') await held;
    // The page that asked may be gone.
    await route.continue().catch(() => {});
  });
  return go;
}

/// Brings a page with an image into the middle of loading, of an answer or of an image. `sent` is what was sent, and `go`
/// lets the model come.
const phases = {
  async load() {
    const go = await heldModel();
    page = await visit();
    await page.openImage();
    const sent = await page.ask(question);
    await page.at('progress').filter({ hasText: /Downloading model [1-9]/ }).waitFor();
    return { sent, go };
  },
  async answer() {
    await inWorkers(context, 'worker_loader.js', slowWords);
    page = await visit();
    await page.openImage();
    const sent = await page.ask(report);
    await page.page.waitForFunction(() => document.querySelector('[data-testid="answer"]').textContent.length > 3);
    return { sent, go() {} };
  },
  async painting() {
    page = await visit();
    await page.openImage();
    await page.set({ Steps: 200 });
    const sent = await page.paint('a chest X-ray');
    await page.at('progress').filter({ hasText: /step \d+ of/i }).waitFor();
    return { sent, go() {} };
  },
};

/// A test for each phase; those that are not tried every day wait for `--all`.
function inEachPhase(fault, daily, body) {
  describe(fault, () => {
    for (const phase of Object.keys(phases)) {
      const skip = !all && !daily.includes(phase) && 'the same way through the programs as in another phase';
      test(phase, { skip }, async () => body(await phases[phase](), phase));
    }
  });
}

const glue = () => new URL('threads.js', around.site.url).href;
const turns = () => page.page.locator('.turn').count();
const isMade = async (sent) => (await sent.getAttribute('data-testid')) === 'painted';

/// Does harm; the page says so in time.
async function says(words, harm, within = 5000) {
  const cards = page.at('error').filter({ hasText: words });
  const before = await cards.count();
  const start = Date.now();
  await harm();
  const card = cards.nth(before);
  await card.waitFor({ timeout: 2 * within });
  const after = Date.now() - start;
  assert.doesNotMatch(await card.innerText(), /undefined|\[object|panicked|RuntimeError|poisoned|Caused by/);
  assert.ok(after < within, `it took ${after} ms`);
}

/// One click, and what was under way is done again; images and conversation are as they were.
async function worksAgain(button, sent) {
  const before = await turns();
  await page.at('error').getByRole('button', { name: button }).last().click();
  await page.at('stop').waitFor();
  if (await isMade(sent)) await page.at('stop').click();
  else assert.equal(await page.ended(page.at('answer').last()), 'done');
  assert.equal(await turns(), before + 1);
  await worksOn();
}

/// What was sent comes to its end, and nothing was said meanwhile. An image is stopped instead, once it goes on.
async function undisturbed(sent) {
  if (await isMade(sent)) {
    const at = await page.at('progress').innerText();
    await page.page.waitForFunction((at) => document.querySelector('[data-testid="progress"]').innerText !== at, at);
    await page.at('stop').click();
    assert.equal(await page.ended(sent), 'stopped');
  } else assert.equal(await page.ended(sent), 'done');
  assert.equal(await page.errorText(), '');
  await worksOn();
}

/// The image is still open, and a question about it is answered.
async function worksOn() {
  assert.ok(await page.at('viewer').isVisible());
  const { state, text } = await page.answered(question);
  assert.equal(state, 'done');
  assert.match(text, /fundus|retina/i);
}

inEachPhase('the engine goes without a word', ['load'], async ({ sent, go }) => {
  await says('The engine stopped unexpectedly', () => end(engineOf(page)));
  go();
  await worksAgain('Restart', sent);
});

inEachPhase('the memory of wasm is full', ['answer'], async ({ sent, go }) => {
  await says('The engine stopped unexpectedly: it ran out of memory', async () => {
    await fillMemory(engineOf(page), glue());
    go();
  });
  await worksAgain('Restart', sent);
});

inEachPhase('the decoder goes without a word', ['painting'], async ({ sent, go }) => {
  await end(decoderOf(page));
  await page.openFile(small);
  await page.page.locator('.thumb').nth(1).waitFor({ timeout: 5000 });
  await page.page.locator('.thumb').first().click();
  go();
  await undisturbed(sent);
});

inEachPhase('storage is cleared by the browser', ['load'], async ({ sent, go }) => {
  const developer = await context.newCDPSession(page.page);
  const { origin } = new URL(around.site.url);
  await developer.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
  const models = () => navigator.storage.getDirectory().then((root) => root.getDirectoryHandle('models')).then(() => 'there', () => 'gone');
  assert.equal(await page.page.evaluate(models), 'gone');
  go();
  await undisturbed(sent);
  await page.set({ Steps: 1 });
  assert.equal((await page.painted('a chest X-ray')).state, 'done');
});

test('storage that is full keeps nothing, and the model answers and makes images', { skip: !all && 'nothing is written there but by the manager, which is tried every day' }, async () => {
  const go = await heldModel();
  page = await visit();
  const developer = await context.newCDPSession(page.page);
  await developer.send('Storage.overrideQuotaForOrigin', { origin: new URL(around.site.url).origin, quotaSize: 1000 });
  await page.openImage();
  const sent = await page.ask(question);
  go();
  await undisturbed(sent);
  await page.set({ Steps: 1 });
  assert.equal((await page.painted('a chest X-ray')).state, 'done');
  const { usage } = await page.page.evaluate(() => navigator.storage.estimate());
  assert.ok(usage < 100_000, `${usage} bytes are kept`);
});

inEachPhase('the tab sleeps in the background', [], async ({ sent, go }) => {
  const developer = await context.newCDPSession(page.page);
  const beside = await context.newPage();
  await beside.bringToFront();
  await developer.send('Page.setWebLifecycleState', { state: 'frozen' });
  go();
  await new Promise((later) => setTimeout(later, 3000));
  await developer.send('Page.setWebLifecycleState', { state: 'active' });
  await page.page.bringToFront();
  await undisturbed(sent);
});

inEachPhase('a second tab', [], async ({ sent, go }) => {
  const first = page;
  const second = await visit();
  await second.openImage();
  const asked = await second.ask(question);
  go();
  assert.equal(await second.ended(asked), 'done');
  page = first;
  await undisturbed(sent);
  // What one has kept, the other has.
  await second.page.reload();
  assert.equal((await second.answered(question)).state, 'done');
});

inEachPhase('the network goes', ['load'], async ({ sent, go }, phase) => {
  await context.setOffline(true);
  if (phase === 'load') {
    await context.unroute('**/*.safetensors');
    go();
    await page.at('progress').filter({ hasText: 'Waiting for the network' }).waitFor({ timeout: 5000 });
    await context.setOffline(false);
  }
  await undisturbed(sent);
  await context.setOffline(false);
});

test('a network that stays away for half a minute while the model loads is told of', { skip: !all && 'it takes the half minute' }, async () => {
  const { sent, go } = await phases.load();
  await context.setOffline(true);
  await context.unroute('**/*.safetensors');
  go();
  await says('The model could not be loaded', async () => {}, 60_000);
  await context.setOffline(false);
  await worksAgain('Restart', sent);
});

inEachPhase('the page is loaded again', ['answer'], async ({ sent, go }) => {
  // The browser asks; whoever stays loses nothing.
  let asked = page.page.waitForEvent('dialog');
  const refused = page.page.evaluate(() => location.reload());
  const question = await asked;
  assert.equal(question.type(), 'beforeunload');
  await question.dismiss();
  await refused;
  assert.equal(await turns(), 1);
  // Whoever does not loses the conversation, and the page works.
  page.page.once('dialog', (dialog) => dialog.accept());
  await page.page.reload();
  go();
  await page.at('prompt').waitFor();
  assert.equal(await turns(), 0);
  await page.openImage();
  await worksOn();
  void sent;
});

test('an engine that goes again right after a restart is not sent the same a third time', async () => {
  const { go } = await phases.load();
  await says('The engine stopped unexpectedly', () => end(engineOf(page)));
  await page.at('error').getByRole('button', { name: 'Restart' }).click();
  await page.at('progress').filter({ hasText: /Downloading model/ }).waitFor();
  await says('again right after a restart', () => end(engineOf(page)));
  assert.equal(await turns(), 2);
  await page.at('error').getByRole('button', { name: 'Restart' }).last().click();
  go();
  await page.at('model').filter({ hasText: 'MB)' }).waitFor();
  assert.equal(await turns(), 2);
  await worksOn();
  // What came to an end in between counts again as the first.
  await says('images and conversation stay', () => end(engineOf(page)));
});

test('an engine whose program does not come is restarted, and the second time the page is to be loaded again', async () => {
  let lost = true;
  await context.route('**/threads_bg.wasm', (route) => (lost ? route.abort('connectionreset') : route.continue()));
  page = await visit();
  await page.openImage();
  const start = page.at('error').filter({ hasText: 'The engine did not start.' });
  await start.getByRole('button', { name: 'Restart' }).click();
  await start.getByRole('button', { name: 'Load the page again' }).waitFor();
  await page.page.reload();
  await page.openImage();
  await start.getByRole('button', { name: 'Restart' }).waitFor();
  lost = false;
  await start.getByRole('button', { name: 'Restart' }).click();
  await worksOn();
});

describe('where the browser has no locks', { skip: !all && 'it takes the silence' }, () => {
  beforeEach(() => context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })));

  for (const phase of Object.keys(phases)) {
    test(`the engine goes without a word: ${phase}`, async () => {
      const { sent, go } = await phases[phase]();
      await says('The engine stopped unexpectedly', () => end(engineOf(page)), 15_000);
      go();
      await worksAgain('Restart', sent);
    });

    test(`an engine at work is not taken for gone: ${phase}`, async () => {
      const { sent, go } = await phases[phase]();
      // Longer than the silence that is borne.
      await page.page.waitForTimeout(15_000);
      go();
      await undisturbed(sent);
    });
  }
});

const rounds = all ? 200 : 6;

test(`${rounds} random sends and stops leave the page at work`, { timeout: 30 * 60_000 }, async () => {
  page = await visit();
  await page.openImage();
  await page.set({ Steps: 4 });
  // A linear congruential generator (Numerical Recipes), so that a failure can be had again.
  let state = 2024;
  const random = (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let round = 0; round < rounds; round += 1) {
    const sent = random(2) ? await page.ask([question, report, 'What is abnormal?'][random(3)]) : await page.paint('a chest X-ray');
    await page.page.waitForTimeout(random(700));
    // It may have ended by itself.
    if (random(3)) await page.at('stop').click({ timeout: 500 }).catch(() => {});
    const ended = await page.ended(sent);
    assert.match(ended, /^(done|stopped)$/, `round ${round}: ${ended}`);
    if (random(10) === 0) await page.forget();
  }
  assert.equal(await page.errorText(), '');
  await worksOn();
  assert.deepEqual(page.problems, []);
});
