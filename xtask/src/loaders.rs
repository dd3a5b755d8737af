//! Writes the files that workers are started by. Each knows the hash of its program, and runs nothing else.

use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::integrity;

/// The program with WebGPU, and the one with threads: `engine.js` starts the one that fits the browser.
const ENGINE: [&str; 2] = ["worker", "threads"];

/// Writes `NAME_loader.js` for the worker of that name, whose program lies in `dist`.
pub(crate) fn write(name: &str, dist: &Path) -> Result<(), Error> {
    let hash = |name: &str| integrity::of_file(&dist.join(format!("{name}_bg.wasm")));
    let text = if name == ENGINE[0] {
        let hashes = [hash(ENGINE[0])?, hash(ENGINE[1])?];
        engine(&hashes)
    } else {
        plain(name, &hash(name)?)
    };
    let path = dist.join(format!("{name}_loader.js"));
    fs::write(&path, text).map_err(Error::file(&path))
}

fn engine([worker, threads]: &[String; 2]) -> String {
    format!(
        "import {{ run }} from './engine.js';\n\
         await run({{ worker: '{worker}', threads: '{threads}' }});\n"
    )
}

/// A failure before the program runs is told as the protocol tells a panic.
fn plain(name: &str, hash: &str) -> String {
    format!(
        "import init from './{name}.js';\n\
         import {{ checked }} from './checked.js';\n\
         const program = await checked('{name}_bg.wasm', '{hash}').catch((error) => {{\n\
         postMessage([JSON.stringify({{ failed: {{ detail: error.message }} }})]);\n\
         }});\n\
         if (program) await init({{ module_or_path: program }});\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loader_has_the_hash_of_its_program_and_the_engines_those_of_both() {
        let folder = tempfile::tempdir().expect("a folder");
        let dist = folder.path();
        write("decoder", dist).expect_err("no such program");
        for name in ["decoder", "worker"] {
            fs::write(dist.join(format!("{name}_bg.wasm")), "abc").expect("writes");
        }
        write("worker", dist).expect_err("one of two");
        fs::write(dist.join("threads_bg.wasm"), "abcd").expect("writes");
        let text = |name: &str| {
            write(name, dist).expect("writes");
            fs::read_to_string(dist.join(format!("{name}_loader.js"))).expect("text")
        };
        let (hash, other) = (integrity::of(b"abc"), integrity::of(b"abcd"));
        let decoder = text("decoder");
        assert!(
            decoder.contains(&format!("checked('decoder_bg.wasm', '{hash}')")),
            "{decoder}"
        );
        let engine = text("worker");
        assert!(
            engine.contains(&format!("worker: '{hash}', threads: '{other}'")),
            "{engine}"
        );
    }
}
