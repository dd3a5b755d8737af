// What every engine is asked to do with the page as it ships: open an image, ask, make, Stop, turn the image by a key, and open
// again without a network. `browser` starts one that opens addresses and runs functions in its page; the tests are skipped
// where `skip` says why.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { patience, retina } from './page.mjs';
import { startSite } from './surroundings.mjs';

export function smoke({ browser, skip }) {
  let site;
  let page;
  let url;
  before(async () => {
    if (skip) return;
    [site, page] = await Promise.all([startSite(), browser()]);
    ({ url } = site);
    await page.open(url);
  });
  after(async () => {
    if (skip) return;
    await page?.stop();
    await site?.stop();
  });

  /// Waits until an expression of the page is true.
  async function until(what, ...values) {
    const end = Date.now() + patience;
    while (!(await page.run(what, ...values))) {
      if (Date.now() > end) throw new Error(`not within ${patience / 1000} s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async function send(mode, words) {
    await page.run(
      (mode, words) => {
        const at = (id) => document.querySelector(`[data-testid="${id}"]`);
        at(mode).click();
        at('prompt').value = words;
        at('prompt').dispatchEvent(new Event('input', { bubbles: true }));
      },
      mode,
      words,
    );
    await until(() => document.querySelector('[data-testid="send"]')?.disabled === false);
    await page.run(() => document.querySelector('[data-testid="send"]').click());
  }

  test('it opens an image and answers', { skip }, async () => {
    await until(() => document.querySelector('[data-testid="file-input"]') !== null);
    await page.run((base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const list = new DataTransfer();
      list.items.add(new File([bytes], 'retina.jpg', { type: 'image/jpeg' }));
      const input = document.querySelector('[data-testid="file-input"]');
      input.files = list.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    }, readFileSync(retina).toString('base64'));
    await until(() => document.querySelector('[data-testid="viewer"]') !== null);
    await send('mode-ask', 'What kind of image is this?');
    await until(() => /done|error/.test(document.querySelector('[data-testid="answer"]')?.dataset.state ?? ''));
    const [state, text] = await page.run(() => {
      const answer = document.querySelector('[data-testid="answer"]');
      return [answer.dataset.state, answer.textContent];
    });
    assert.equal(state, 'done');
    assert.match(text, /fundus|retina/i);
  });

  test('it paints, and stops when told to', { skip }, async () => {
    await send('mode-paint', 'a frontal chest X-ray');
    await until(() => /step \d/i.test(document.querySelector('[data-testid="progress"]')?.textContent ?? ''));
    await until(() => document.querySelector('[data-testid="painted"]').getContext('2d').getImageData(0, 0, 1, 1).data[3] > 0);
    await page.run(() => document.querySelector('[data-testid="stop"]')?.click());
    await until(() => /done|stopped/.test(document.querySelector('[data-testid="painted"]').dataset.state));
  });

  test('a key of the viewer inverts the image', { skip }, async () => {
    const middle = () =>
      page.run(async () => {
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const canvas = document.querySelector('[data-testid="viewer"]');
        const [x, y] = [canvas.width >> 1, canvas.height >> 1];
        return [...canvas.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3);
      });
    const before = await middle();
    await page.run(() => {
      const canvas = document.querySelector('[data-testid="viewer"]');
      canvas.focus();
      canvas.dispatchEvent(new KeyboardEvent('keydown', { key: 'i', bubbles: true, cancelable: true }));
    });
    assert.deepEqual(await middle(), before.map((value) => 255 - value));
  });

  test('nothing was refused or lost on the way', { skip }, async () => {
    assert.equal(await page.run(() => document.querySelectorAll('[data-testid="error"]').length), 0);
  });

  test('it opens and answers with the host gone', { skip }, async () => {
    await page.run(async () => {
      await navigator.serviceWorker.ready;
    });
    const engine = /(?:threads|worker)_bg\.wasm/.source;
    await until(async (engine) => {
      for (const name of await caches.keys()) {
        for (const { url } of await (await caches.open(name)).keys()) if (new RegExp(engine).test(url)) return true;
      }
      return false;
    }, engine);
    await site.stop();
    site = undefined;
    await page.open(url);
    await until(() => document.querySelector('[data-testid="prompt"]') !== null);
    await send('mode-ask', 'What is a chest X-ray?');
    await until(() => /done|error/.test(document.querySelector('[data-testid="answer"]')?.dataset.state ?? ''));
    const [state, said, keeps] = await page.run(() => [
      document.querySelector('[data-testid="answer"]').dataset.state,
      document.querySelector('[data-testid="error"]')?.innerText ?? '',
      typeof navigator.storage?.getDirectory === 'function',
    ]);
    // Weights are kept in the origin private file system; without one the page opens, and says what it lacks.
    if (keeps) assert.equal(state, 'done', said);
    else {
      assert.equal(state, 'error');
      assert.match(said, /could not be loaded|fetch/i);
    }
  });
}
