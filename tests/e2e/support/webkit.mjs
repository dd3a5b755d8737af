// WebKitGTK as Debian ships it, driven by WebDriver (W3C): Playwright drives builds of its own only.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const driver = '/usr/bin/WebKitWebDriver';
const display = '/usr/bin/Xvfb';

/// The small browser that comes with the library; its folder is named after processor and version.
function miniBrowser() {
  for (const folder of ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'].filter(existsSync)) {
    for (const name of readdirSync(folder).filter((name) => name.startsWith('webkit'))) {
      const program = join(folder, name, 'MiniBrowser');
      if (existsSync(program)) return program;
    }
  }
  return undefined;
}

const browser = miniBrowser();

/// Why there is no WebKit here; false where there is.
export const missing =
  [driver, display, browser].every((path) => path && existsSync(path))
    ? false
    : 'no WebKit here; on Debian: apt-get install webkit2gtk-driver xvfb';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/// A screen in memory; it chooses its number and tells it.
async function startDisplay() {
  const program = spawn(display, ['-displayfd', '3', '-screen', '0', '1440x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise((resolve, reject) => {
    program.once('error', reject);
    program.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
    program.stdio[3].once('data', (data) => resolve(data.toString().trim()));
  });
  program.removeAllListeners('exit');
  return { program, name: `:${number}` };
}

async function ended(program) {
  const end = new Promise((resolve) => program.once('exit', resolve));
  program.kill();
  await end;
}

/// A fresh WebKit with one empty page.
export async function startWebKit() {
  const home = await mkdtemp(join(tmpdir(), 'unimed-webkit-'));
  const screen = await startDisplay();
  const port = await freePort();
  const env = {
    ...process.env,
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CACHE_HOME: join(home, 'cache'),
    DISPLAY: screen.name,
    LIBGL_ALWAYS_SOFTWARE: '1',
  };
  const program = spawn(driver, [`--port=${port}`], { env, stdio: 'ignore' });

  async function call(method, path, body) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }

  async function session() {
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] } } };
    for (let tries = 50; ; tries -= 1) {
      try {
        return await call('POST', '/session', { capabilities });
      } catch (error) {
        // The driver is not listening yet.
        if (tries === 0 || !(error instanceof TypeError)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  const { sessionId } = await session();
  const at = `/session/${sessionId}`;
  await call('POST', `${at}/timeouts`, { script: 120_000, pageLoad: 120_000 });
  return {
    open: (address) => call('POST', `${at}/url`, { url: address }),

    /// Runs a function in the page with plain values; gives a plain value.
    async run(act, ...values) {
      const script = `const done = arguments[arguments.length - 1];
        (async () => (${act})(...${JSON.stringify(values)}))().then(
          (value) => done(JSON.stringify([value ?? null])),
          (error) => done(JSON.stringify({ error: String(error) })));`;
      const found = JSON.parse(await call('POST', `${at}/execute/async`, { script, args: [] }));
      if (found.error) throw new Error(found.error);
      return found[0];
    },

    async stop() {
      await call('DELETE', at).catch(() => {});
      await ended(program);
      await ended(screen.program);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
