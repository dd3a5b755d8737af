// What a browser can lose, and how a test takes it away.

/// Has a program run in every worker of a context that a file starts, before the worker's own. `data` goes along.
export async function inWorkers(context, file, program, data) {
  await context.route(`**/${file}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${program})(${JSON.stringify(data)});\n${await response.text()}` });
  });
}

/// The last worker of a page that a file started and that has not ended.
export function workerOf(page, file) {
  return page.page.workers().findLast((worker) => worker.url().endsWith(`/${file}`));
}

export const engineOf = (page) => workerOf(page, 'worker_loader.js');
export const decoderOf = (page) => workerOf(page, 'decoder_loader.js');

/// Ends a worker; neither an error nor a message comes of it.
export async function end(worker) {
  await worker.evaluate(() => globalThis.close());
}

/// Takes all of a program's memory: what wasm can address, then what the program's allocator has free. The next piece of
/// memory that it asks for is not there. `glue` is the program's JavaScript, which is loaded already.
export async function fillMemory(worker, glue) {
  await worker.evaluate(async (glue) => {
    const { memory, __wbindgen_malloc: malloc } = await (await import(glue)).default();
    const page = 65_536;
    for (let pages = page; pages > 0; pages = Math.floor(pages / 2)) {
      try {
        for (;;) memory.grow(pages);
      } catch {
        // Less is left.
      }
    }
    for (let bytes = 64 << 20; bytes >= 32; bytes /= 2) {
      try {
        for (;;) malloc(bytes, 8);
      } catch {
        // Less is left.
      }
    }
  }, glue);
}

/// In the engine: every word takes longer, so that an answer lasts.
export function slowWords() {
  const post = globalThis.postMessage;
  globalThis.postMessage = (message, transfer) => {
    post.call(globalThis, message, transfer);
    if (String(message[0]).includes('"token"')) for (const start = Date.now(); Date.now() - start < 60; );
  };
}

/// In the engine: keeps its WebGPU device at hand as `device`, and does the harm that `fault` names. `memory` makes buffers as
/// large as they may be, more than a software adapter has memory for; `shader` adds to each shader what is no WGSL; `wrong numbers`
/// has each shader add where it multiplied last, and `wrong numbers without barriers` only those that use none. The console
/// hears when harm is first done; what follows is the browser's own.
export function gpuFaults(fault) {
  globalThis.fault = fault;
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...wanted) {
    globalThis.device = await requestDevice.apply(this, wanted);
    return globalThis.device;
  };
  const { createBuffer, createShaderModule } = GPUDevice.prototype;
  const harms = (fault) => {
    if (globalThis.fault !== fault) return false;
    if (!globalThis.harmed) console.debug('harm is done');
    globalThis.harmed = true;
    return true;
  };
  GPUDevice.prototype.createBuffer = function (wanted) {
    const size = harms('memory') ? this.limits.maxBufferSize : wanted.size;
    return createBuffer.call(this, { ...wanted, size });
  };
  GPUDevice.prototype.createShaderModule = function (wanted) {
    let { code } = wanted;
    if (harms('shader')) code += '\nfn broken( {';
    const last = code.lastIndexOf(' * ');
    const plain = !code.includes('workgroupBarrier');
    if (last > 0 && (harms('wrong numbers') || (plain && harms('wrong numbers without barriers')))) {
      code = `${code.slice(0, last)} + ${code.slice(last + 3)}`;
    }
    return createShaderModule.call(this, { ...wanted, code });
  };
}
