//! Writes the files that workers are started by. Each knows the hash of its program, and runs nothing else.

use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::integrity;

/// Writes `NAME_loader.js` for the worker of that name, whose program lies in `dist`.
pub(crate) fn write(name: &str, dist: &Path) -> Result<(), Error> {
    let hash = integrity::of_file(&dist.join(format!("{name}_bg.wasm")))?;
    let path = dist.join(format!("{name}_loader.js"));
    fs::write(&path, text(name, &hash)).map_err(Error::file(&path))
}

/// A failure before the program runs is told as the protocol tells a panic.
fn text(name: &str, hash: &str) -> String {
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
    fn a_loader_has_the_hash_of_its_program() {
        let folder = tempfile::tempdir().expect("a folder");
        let dist = folder.path();
        write("worker", dist).expect_err("no such program");
        fs::write(dist.join("worker_bg.wasm"), "abc").expect("writes");
        write("worker", dist).expect("writes");
        let loader = fs::read_to_string(dist.join("worker_loader.js")).expect("text");
        let hash = integrity::of(b"abc");
        assert!(
            loader.contains(&format!("checked('worker_bg.wasm', '{hash}')")),
            "{loader}"
        );
    }
}
