// What is served is what was built: strings become code only through one policy, a program with a changed byte does not run and
// is named, and anyone can compare a site with the list of its files.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { UniMedPage } from './support/page.mjs';
import { startPlainHost } from './support/plain-host.mjs';
import { root, setting, startBrowser, startSite } from './support/surroundings.mjs';

let site;
let host;
let browser;
let page;
before(async () => {
  [site, host, browser] = await Promise.all([startSite(), startPlainHost(), startBrowser()]);
});
after(async () => {
  await browser.close();
  await Promise.all([site.stop(), host.stop()]);
});
afterEach(async () => {
  host.replaced.clear();
  await page?.close();
  page = undefined;
});

const dist = (file) => readFile(join(root, 'dist', file));

/// Puts a file with one changed byte, far from its head, on the host.
async function change(file) {
  const bytes = Buffer.from(await dist(file));
  bytes[bytes.length - 9] ^= 1;
  host.replaced.set(file, bytes);
}

/// Opens the page of the host, which may not come up.
async function visit() {
  page = new UniMedPage(await (await browser.newContext({ serviceWorkers: 'block' })).newPage());
  await page.page.goto(host.url);
  return page;
}

describe('strings become code or markup through one policy', () => {
  /// What becomes of an attempt, in the page or in a worker.
  const outcome = (place, attempt) =>
    place.evaluate(async (code) => {
      const attempts = {
        markup: () => (document.createElement('p').innerHTML = '<img src="x" onerror="alert(1)">'),
        handler: () => (document.createElement('p').innerHTML = '<span onclick="alert(1)">a</span>'),
        frame: () => (document.createElement('iframe').srcdoc = '<script>alert(1)</script>'),
        script: () => (document.createElement('script').text = 'alert(1)'),
        address: () => (document.createElement('script').src = 'boot.js'),
        worker: () => new Worker('boot.js'),
        policy: () => trustedTypes.createPolicy('another', { createHTML: (markup) => markup }),
        again: () => trustedTypes.createPolicy('default', { createHTML: (markup) => markup }),
        later: () => setTimeout('1'),
        words: () => (document.createElement('p').innerHTML = '<span class="a">b</span><br>'),
      };
      try {
        await attempts[code]();
        return 'done';
      } catch (error) {
        return error.name;
      }
    }, attempt);

  test('in the page', async () => {
    page = await UniMedPage.open(browser, site.url);
    assert.deepEqual(page.problems, []);
    for (const attempt of ['markup', 'handler', 'frame', 'script', 'address', 'worker', 'policy', 'again']) {
      assert.equal(await outcome(page.page, attempt), 'TypeError', attempt);
    }
    // What leptos makes of words without gaps.
    assert.equal(await outcome(page.page, 'words'), 'done');
  });

  test('in its workers, which have none, or one for a single file', async () => {
    page = await UniMedPage.open(browser, site.url);
    await page.openImage();
    assert.equal((await page.answered('What kind of image is this?')).state, 'done');
    assert.equal(page.workers().length, 2);
    for (const worker of page.workers()) {
      for (const attempt of ['worker', 'policy', 'later']) {
        assert.equal(await outcome(worker, attempt), 'TypeError', `${attempt} in ${worker.url()}`);
      }
    }
    assert.deepEqual(page.problems.filter((problem) => !/Trusted|policy/i.test(problem)), []);
  });
});

describe('a program with a changed byte does not run and is named', () => {
  for (const file of ['app.js', 'app_bg.wasm']) {
    test(`${file}, which is the page`, async () => {
      await change(file);
      await visit();
      const word = page.page.locator('#boot-word').filter({ hasText: `${file} is not the file that was built.` });
      await word.waitFor();
      assert.match(await word.innerText(), /Load the page again; if that does not help, tell whoever runs this site/);
      assert.equal(await page.at('prompt').count(), 0);
    });
  }

  test('boot.js, which starts it: the page says what to do without it', async () => {
    await change('boot.js');
    await visit();
    await page.page.getByText('If this stays here, load the page again').waitFor();
    assert.ok(page.problems.some((problem) => /integrity/.test(problem)), page.problems.join('\n'));
  });

  const says = async (file) => {
    const error = page.at('error').filter({ hasText: `${file} is not the file that was built.` }).first();
    await error.waitFor();
    assert.match(await error.innerText(), /Load the page again\. If it happens again, tell whoever runs this site/);
  };

  test('the engine; its program with threads in threads.spec', async () => {
    await change('worker_bg.wasm');
    await visit();
    await says('worker_bg.wasm');
  });

  test('the decoder', async () => {
    await change('decoder_bg.wasm');
    await visit();
    await says('decoder_bg.wasm');
  });

  test('the model manager', async () => {
    await change('models_bg.wasm');
    await visit();
    await page.at('model').click();
    await says('models_bg.wasm');
  });

  test('a damaged copy in the browser\'s cache is fetched anew', async () => {
    await visit();
    await page.at('prompt').waitFor();
    const integrity = await page.page.locator('link[href$="app_bg.wasm"]').getAttribute('integrity');
    const first = await page.page.evaluate(async (integrity) => {
      const { checked } = await import('./checked.js');
      const own = globalThis.fetch;
      // The first answer is that of a cache with another file in it.
      let asked = 0;
      globalThis.fetch = (url, options) => ((asked += 1) === 1 ? Promise.reject(new TypeError('another file')) : own(url, options));
      const bytes = await (await checked('app_bg.wasm', integrity)).arrayBuffer();
      return [asked, bytes.byteLength];
    }, integrity);
    assert.deepEqual(first, [3, (await dist('app_bg.wasm')).length]);
  });
});

describe('the list of the site\'s files', () => {
  /// Not at once: the plain host answers in this very program.
  const verify = async (address) => {
    const run = promisify(execFile)(setting('UNIMED_XTASK'), ['verify-site', address], { cwd: root });
    const { code = 0, stdout } = await run.catch((error) => error);
    return { code, failed: stdout.split('\n').filter((line) => line.startsWith('FAILED')) };
  };
  const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

  test('a served site is compared with it by one command', async () => {
    assert.deepEqual(await verify(site.url), { code: 0, failed: [] });
  });

  test('a changed byte on the host is found, and named', async () => {
    await change('decoder.js');
    assert.deepEqual(await verify(host.url), { code: 1, failed: ['FAILED decoder.js is the file of the list'] });
  });

  test('About shows its hash and links to it, with the host gone as well', async () => {
    const expected = hash(await dist('files.json'));
    page = await UniMedPage.open(browser, site.url, { serviceWorkers: 'allow' });
    const shown = async (page) => {
      await page.page.waitForFunction(() => globalThis.filesHash);
      await page.page.keyboard.press('?');
      return page.at('files').innerText();
    };
    assert.equal(await shown(page), expected);
    const link = page.page.getByRole('link', { name: 'Hashes of this page\'s files' });
    assert.equal(hash(Buffer.from(await (await fetch(new URL(await link.getAttribute('href'), site.url))).arrayBuffer())), expected);
    await page.page.waitForFunction(() => navigator.serviceWorker.controller);
    await page.page.context().setOffline(true);
    await page.page.reload();
    await page.at('prompt').waitFor();
    assert.equal(await shown(page), expected);
  });
});
