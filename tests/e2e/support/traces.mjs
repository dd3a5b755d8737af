// What a browser did while a test failed, kept in `tests/e2e/test-results`: TEST-1.zip for `npx playwright show-trace`, and a
// picture of each page that was still open. What passed leaves nothing behind.

import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';

const kept = join(dirname(fileURLToPath(import.meta.url)), '../test-results');
/// Actions, console, network and the lines of the specification. Copies of the document and a film of the screen would put a
/// script into the page under test and cost a busy core.
const what = { screenshots: false, snapshots: false, sources: true };

/// Only the test runner asks for traces: scripts such as screenshots.mjs run without it.
let wanted = process.env.NODE_TEST_CONTEXT !== undefined;
/// Contexts that are open, and traces of those that the running test has closed.
const open = new Set();
let closed = [];
let folder;
/// Whether a test runs now; what is closed between two tests belongs to neither.
let running = false;

/// For specifications that measure time or memory, or count what the browser asks for: nothing is recorded in them.
export function withoutTraces() {
  wanted = false;
}

/// Records a context until it is closed.
export async function record(context) {
  if (!wanted) return context;
  await context.tracing.start(what);
  open.add(context);
  const close = context.close.bind(context);
  context.close = async (options) => {
    await stop(context);
    await close(options);
  };
  return context;
}

/// Records every context that a browser is asked for.
export function recordAll(browser) {
  if (!wanted) return browser;
  const newContext = browser.newContext.bind(browser);
  const close = browser.close.bind(browser);
  browser.newContext = async (options) => record(await newContext(options));
  browser.close = async (options) => {
    for (const context of browser.contexts()) await stop(context);
    await close(options);
  };
  return browser;
}

/// Ends a context's trace; its file is remembered until it is known how the test ended.
async function stop(context) {
  if (!open.delete(context)) return;
  let path;
  if (running) {
    mkdirSync(kept, { recursive: true });
    folder ??= mkdtempSync(join(kept, '.running-'));
    path = join(folder, `${closed.length}.zip`);
  }
  // A browser that crashed, as some tests want it to, has no trace to give.
  const written = await context.tracing.stop({ path }).then(() => true, () => false);
  if (written && path) closed.push(path);
}

/// Ends the part of a context's trace that belongs to a test, and begins the next one's.
async function part(context, path) {
  try {
    if (path) for (const [number, page] of context.pages().entries()) await picture(page, `${path}-page-${number + 1}.png`);
    await context.tracing.stopChunk({ path: path && `${path}.zip` });
    await context.tracing.startChunk();
  } catch {
    open.delete(context);
  }
}

/// A page that computes or has crashed may not be drawn; the trace is worth having without.
async function picture(page, path) {
  await page.screenshot({ path, timeout: 5000 }).catch(() => {});
}

/// A test's name as the name of a file.
function fileName(name) {
  return name.replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '').slice(0, 80);
}

if (wanted) {
  beforeEach(() => {
    running = true;
  });
  afterEach(async (test) => {
    running = false;
    const name = join(kept, fileName(test.name));
    let number = 0;
    const next = () => {
      number += 1;
      return `${name}-${number}`;
    };
    for (const context of [...open]) await part(context, test.passed ? undefined : next());
    for (const file of closed) if (!test.passed) renameSync(file, `${next()}.zip`);
    closed = [];
    if (folder) rmSync(folder, { recursive: true, force: true });
    folder = undefined;
  });
}
