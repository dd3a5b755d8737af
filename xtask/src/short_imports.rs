//! Gives what a program imports short names. wasm-bindgen names each by a hash, which stands in the program and in its glue and does
//! not compress: 7 kB of the page after brotli.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::error::Error;

/// How every name begins that wasm-bindgen gives.
const PREFIX: &str = "__wb";

/// Renames what a program imports, in its wasm and in its glue.
///
/// # Errors
///
/// [`Error::File`]; [`Error::Content`] when the file is no module of WebAssembly, or when its glue lacks what it imports.
pub(crate) fn rename(wasm: &Path, glue: &Path) -> Result<(), Error> {
    let module = fs::read(wasm).map_err(Error::file(wasm))?;
    let text = fs::read_to_string(glue).map_err(Error::file(glue))?;
    let wrong = |path: &Path, expected: &str, found: &str| Error::Content {
        path: path.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
        remedy: "build the site again",
    };
    let (module, names) = rename_imports(&module)
        .ok_or_else(|| wrong(wasm, "a module of WebAssembly", "something else"))?;
    let (text, count) = rename_words(&text, &names);
    if count < names.len() {
        let found = format!("{count} of {}", names.len());
        return Err(wrong(glue, "every import of the program", &found));
    }
    fs::write(wasm, module).map_err(Error::file(wasm))?;
    fs::write(glue, text).map_err(Error::file(glue))
}

/// The module with short names for what wasm-bindgen named, and which name became which; `None` where the bytes are no module.
fn rename_imports(module: &[u8]) -> Option<(Vec<u8>, HashMap<String, String>)> {
    const IMPORTS: u8 = 2;
    let mut rest = Reader(module.strip_prefix(b"\0asm\x01\0\0\0")?);
    let mut out = module[..8].to_vec();
    let mut names = HashMap::new();
    while !rest.0.is_empty() {
        let id = rest.byte()?;
        let size = rest.number()?;
        let section = rest.take(size)?;
        let renamed = (id == IMPORTS).then(|| rename_section(section, &mut names));
        let renamed = match renamed {
            Some(renamed) => renamed?,
            None => section.to_vec(),
        };
        out.push(id);
        push_number(&mut out, renamed.len());
        out.extend(renamed);
    }
    Some((out, names))
}

fn rename_section(section: &[u8], names: &mut HashMap<String, String>) -> Option<Vec<u8>> {
    let mut rest = Reader(section);
    let mut out = Vec::new();
    let count = rest.number()?;
    push_number(&mut out, count);
    for place in 0..count {
        push_name(&mut out, rest.name()?);
        let name = rest.name()?;
        let text = std::str::from_utf8(name).ok()?;
        if text.starts_with(PREFIX) {
            let short = format!("i{place}");
            push_name(&mut out, short.as_bytes());
            names.insert(text.to_owned(), short);
        } else {
            push_name(&mut out, name);
        }
        let before = rest.0;
        rest.skip_description()?;
        out.extend(&before[..before.len() - rest.0.len()]);
    }
    Some(out)
}

/// The script with these words replaced, and how many different ones were.
fn rename_words(script: &str, names: &HashMap<String, String>) -> (String, usize) {
    let mut out = String::with_capacity(script.len());
    let mut found = std::collections::HashSet::new();
    let mut rest = script;
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    while let Some(start) = rest.find(is_word) {
        let (before, after) = rest.split_at(start);
        let end = after.find(|letter| !is_word(letter)).unwrap_or(after.len());
        let (word, after) = after.split_at(end);
        out.push_str(before);
        match names.get(word) {
            Some(short) => {
                found.insert(word);
                out.push_str(short);
            }
            None => out.push_str(word),
        }
        rest = after;
    }
    out.push_str(rest);
    (out, found.len())
}

/// Bytes of a module that were not read yet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// An unsigned number of up to 32 bits (LEB128).
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn name(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(length)
    }

    /// What an import is: a function, a table, a memory or a global.
    fn skip_description(&mut self) -> Option<()> {
        match self.byte()? {
            0 => {
                self.number()?;
            }
            kind @ (1 | 2) => {
                if kind == 1 {
                    self.byte()?;
                }
                let has_most = self.byte()? & 1 == 1;
                self.number()?;
                if has_most {
                    self.number()?;
                }
            }
            3 => {
                self.take(2)?;
            }
            _ => return None,
        }
        Some(())
    }
}

fn push_number(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

fn push_name(out: &mut Vec<u8>, name: &[u8]) {
    push_number(out, name.len());
    out.extend(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module that imports `names` from `m`: functions of type 0; and a memory, which is named `memory`.
    fn module(names: &[&str]) -> Vec<u8> {
        let mut section = Vec::new();
        push_number(&mut section, names.len() + 1);
        for name in names {
            push_name(&mut section, b"m");
            push_name(&mut section, name.as_bytes());
            section.extend([0, 0]);
        }
        push_name(&mut section, b"m");
        push_name(&mut section, b"memory");
        section.extend([2, 1, 1, 0x80, 0x80, 4]);
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        // A type section of one function without arguments comes first, a custom section last.
        module.extend([1, 4, 1, 0x60, 0, 0]);
        module.push(2);
        push_number(&mut module, section.len());
        module.extend(section);
        module.extend([0, 3, 1, b'x', 9]);
        module
    }

    #[test]
    fn names_of_wasm_bindgen_become_short_and_all_else_stays() {
        let long = format!("__wbg_{}_0123456789abcdef", "a".repeat(200));
        let names = [long.as_str(), "other", "__wbindgen_throw"];
        let (renamed, map) = rename_imports(&module(&names)).expect("a module");
        assert_eq!(renamed, module(&["i0", "other", "i2"]));
        assert_eq!(map.len(), 2);
        let script = format!("{{ {long}: function() {{}}, {long}x, other, __wbindgen_throw: f }}");
        let (script, count) = rename_words(&script, &map);
        assert_eq!(
            script,
            format!("{{ i0: function() {{}}, {long}x, other, i2: f }}")
        );
        assert_eq!(count, 2);
        // Once more there is nothing to do.
        let (again, map) = rename_imports(&renamed).expect("a module");
        assert_eq!((again, map.len()), (renamed, 0));
    }

    #[test]
    fn what_is_no_module_is_left_alone() {
        let whole = module(&["__wbg_a"]);
        for end in [0, 4, 9, whole.len() - 1] {
            assert!(rename_imports(&whole[..end]).is_none(), "{end}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a.wasm"), &whole).expect("writes");
        fs::write(at("a.js"), "no such name").expect("writes");
        let error = rename(&at("a.wasm"), &at("a.js")).expect_err("the glue lacks it");
        assert!(error.to_string().contains("0 of 1"), "{error}");
        assert_eq!(fs::read(at("a.wasm")).expect("reads"), whole);
    }
}
