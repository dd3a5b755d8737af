// The two jobs, on WebGPU and without it: ask about a real image, paint one.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { UniMedPage, pixelsOf, spread } from './support/page.mjs';
import { devices, startBrowser, startSite } from './support/surroundings.mjs';

/// Few steps: these tests look at the path from prompt to pixels, not at the model's skill.
const steps = 6;

let site;
before(async () => {
  site = await startSite();
});
after(() => site.stop());

for (const [name, device] of Object.entries(devices)) {
  describe(name, () => {
    let browser;
    let page;
    before(async () => {
      browser = await startBrowser(device.flags);
      page = await UniMedPage.open(browser, site.url + device.query);
    });
    after(() => browser.close());

    test('a real fundus photograph is recognized in a streamed answer', async () => {
      await page.openImage();
      await page.watchAnswers();
      const answer = await page.ask('What kind of image is this?');
      assert.equal(await answer.getAttribute('data-state'), 'streaming');
      assert.equal(await page.ended(answer), 'done');
      const text = await answer.textContent();
      assert.match(text, /fundus|retina/i);
      // The answer grew word by word: its whole text is the last of several beginnings of itself.
      const beginnings = (await page.seenAnswers()).filter(({ state, text }) => state === 'streaming' && text);
      assert.ok(beginnings.length >= 2, JSON.stringify(await page.seenAnswers()));
      for (const seen of beginnings) assert.ok(text.startsWith(seen.text), `${seen.text} / ${text}`);
    });

    test('the device line names what the model runs on', async () => {
      assert.match(await page.at('device').innerText(), device.says);
    });

    test('a painting is no flat field, and its seed decides it', async () => {
      await page.set({ Steps: steps, Seed: 11 });
      const first = await page.painted('a frontal chest X-ray');
      assert.equal(first.state, 'done');
      assert.ok(first.pixels.width >= 64 && first.pixels.height >= 64);
      assert.ok(spread(first.pixels) > 8, `the brightness spreads by ${spread(first.pixels)} only`);
      const second = await page.painted('a frontal chest X-ray');
      assert.equal(second.state, 'done');
      assert.deepEqual(second.pixels, first.pixels);
      await page.set({ Steps: steps, Seed: 12 });
      const other = await page.painted('a frontal chest X-ray');
      assert.equal(other.state, 'done');
      assert.notDeepEqual(other.pixels, first.pixels);
    });

    test('a painting stops when told to, and the page goes on', async () => {
      await page.set({ Steps: 200 });
      const painting = await page.paint('a brain MRI');
      await page.at('progress').filter({ hasText: /step \d+ of 200/i }).waitFor();
      await page.at('stop').click();
      const clicked = Date.now();
      assert.equal(await page.ended(painting), 'stopped');
      assert.ok(Date.now() - clicked < 20_000, `Stop took ${Date.now() - clicked} ms`);
      assert.ok((await pixelsOf(painting)).width > 0);
      const { state, text } = await page.answered('What kind of image is this?');
      assert.equal(state, 'done');
      assert.match(text, /\S/);
    });

    test('the device panel shows the memory that is held beside the plan, where a device counts it', async () => {
      await page.at('device').click();
      await page.at('kernels').waitFor({ state: 'attached' });
      if (name === 'cpu') {
        assert.equal(await page.at('memory').count(), 0);
      } else {
        const text = await page.at('memory').innerText();
        const [held, planned] = [...text.matchAll(/([\d.]+) MB/g)].map(([, number]) => Number(number));
        // The weights alone are more than 5 MB, and between two jobs less is held than at the peak of one.
        assert.ok(held > 5 && held <= 1.05 * planned && planned < 2000, text);
      }
      await page.page.keyboard.press('Escape');
    });

    test('nothing went wrong unseen', () => {
      assert.deepEqual(page.problems, []);
    });
  });
}

test('an adapter is measured once, and the page shows what came out', async () => {
  const browser = await startBrowser(devices.webgpu.flags);
  const page = await UniMedPage.open(browser, site.url + devices.webgpu.query);
  try {
    const kept = () => page.page.evaluate(() => localStorage.getItem('unimed.speeds'));
    const shown = async () => {
      await page.at('device').filter({ hasText: devices.webgpu.says }).waitFor();
      await page.at('device').click();
      return page.at('kernels').filter({ hasText: /./ }).innerText();
    };
    const first = await shown();
    assert.match(
      first,
      /^Checked beside the CPU: largest error \de-\d\. Kernels: \S+ for single words, \S+ for longer inputs\. Measured .* WebGPU [\d.]+ and [\d.]+ ms/,
    );
    const record = await kept();
    assert.match(record, /swiftshader/i);
    await page.page.reload();
    assert.equal(await shown(), first);
    assert.equal(await kept(), record);
    await page.page.goto(`${site.url}${devices.webgpu.query}&kernels=shared-memory`);
    assert.match(await shown(), /^Checked beside the CPU: largest error \de-\d\. Kernels: shared-memory, as the page's address asks\.$/);
  } finally {
    await browser.close();
  }
});

test('where WebGPU is a software adapter, the page takes the CPU and says why', async () => {
  const browser = await startBrowser(devices.webgpu.flags);
  try {
    const page = await UniMedPage.open(browser, site.url);
    await page.at('device').filter({ hasText: /^CPU \(WebGPU here is a software adapter\)$/ }).waitFor();
  } finally {
    await browser.close();
  }
});
