// Fetches the code of a program and gives it out only if it is the file that was built: the browser compares its hash
// (Subresource Integrity, also where a page that was not loaded securely has no WebCrypto) before anything can be compiled.
export async function checked(file, integrity) {
  const url = new URL(file, import.meta.url);
  const ask = (options) => fetch(url, options);
  try {
    return await ask({ integrity });
  } catch {
    // The network was lost, or it is another file, perhaps only in the browser's cache: browsers say the same of them.
  }
  const plain = await ask({ cache: "reload" });
  if (!plain.ok) throw new Error(`${file}: status ${plain.status}`);
  await plain.arrayBuffer();
  return ask({ integrity }).catch(() => {
    throw new Error(`${file} is not the file that was built.`);
  });
}
