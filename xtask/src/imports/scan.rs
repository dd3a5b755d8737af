//! What a source declares and names: modules, items, imports, paths.

use super::tokens::{Token, of_program};

/// What stands in one module of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Module {
    /// Its name; empty for the file itself.
    pub(super) name: String,
    /// Modules with a file of their own.
    pub(super) files: Vec<String>,
    /// Modules in braces.
    pub(super) inline: Vec<Self>,
    /// Names of what is defined.
    pub(super) items: Vec<String>,
    /// What is imported: the path, and the name that it has here (none for a glob).
    pub(super) imports: Vec<(Vec<String>, Option<String>)>,
    /// Every other path of at least two names.
    pub(super) paths: Vec<Vec<String>>,
}

/// Words before the name of an item.
const ITEMS: [&str; 9] = [
    "fn",
    "struct",
    "enum",
    "union",
    "trait",
    "type",
    "const",
    "static",
    "macro_rules",
];

/// Reads a source.
pub(super) fn read(text: &str) -> Module {
    let tokens = of_program(text);
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
    };
    reader.module(String::new())
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> Option<Token<'a>> {
        self.tokens.get(self.at + ahead).copied()
    }

    fn word(&self, ahead: usize) -> Option<&'a str> {
        match self.peek(ahead) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn is(&self, ahead: usize, sign: char) -> bool {
        self.peek(ahead) == Some(Token::Sign(sign))
    }

    /// Everything up to the brace that closes the module.
    fn module(&mut self, name: String) -> Module {
        let mut module = Module {
            name,
            ..Module::default()
        };
        let mut depth = 0_usize;
        while let Some(token) = self.peek(0) {
            match token {
                Token::Sign('{') => depth += 1,
                Token::Sign('}') if depth == 0 => {
                    self.at += 1;
                    return module;
                }
                Token::Sign('}') => depth -= 1,
                Token::Word("mod") if self.word(1).is_some() && self.is(2, ';') => {
                    module.files.extend(self.word(1).map(str::to_owned));
                    self.at += 1;
                }
                Token::Word("mod") if self.word(1).is_some() && self.is(2, '{') => {
                    let name = self.word(1).unwrap_or_default().to_owned();
                    self.at += 3;
                    module.inline.push(self.module(name));
                    continue;
                }
                Token::Word("use") => {
                    self.at += 1;
                    self.tree(&[], &mut module.imports);
                    continue;
                }
                Token::Word(word) => {
                    if depth == 0 && ITEMS.contains(&word) {
                        // `macro_rules! name`
                        let ahead = if self.is(1, '!') { 2 } else { 1 };
                        module.items.extend(self.word(ahead).map(str::to_owned));
                    }
                    if self.peek(1) == Some(Token::Path) {
                        let path = self.path();
                        if path.len() > 1 {
                            module.paths.push(path);
                        }
                        continue;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        module
    }

    /// The names of a path; what is generic in it is left to be read as paths of its own.
    fn path(&mut self) -> Vec<String> {
        let mut path = Vec::new();
        while let Some(word) = self.word(0) {
            path.push(word.to_owned());
            self.at += 1;
            if self.peek(0) != Some(Token::Path) {
                break;
            }
            self.at += 1;
        }
        path
    }

    /// One tree of a `use`, after `before`.
    fn tree(&mut self, before: &[String], imports: &mut Vec<(Vec<String>, Option<String>)>) {
        // `::name` is a crate's name.
        if self.peek(0) == Some(Token::Path) {
            self.at += 1;
        }
        let mut path = before.to_vec();
        path.extend(self.path());
        if self.is(0, '{') {
            self.at += 1;
            while self.peek(0).is_some() && !self.is(0, '}') {
                self.tree(&path, imports);
                if self.is(0, ',') {
                    self.at += 1;
                }
            }
            self.at += 1;
        } else if self.is(0, '*') {
            self.at += 1;
            imports.push((path, None));
        } else {
            let mut name = path.last().cloned();
            if name.as_deref() == Some("self") {
                path.pop();
                name = path.last().cloned();
            }
            if self.word(0) == Some("as") {
                name = self.word(1).map(str::to_owned);
                self.at += 2;
            }
            imports.push((path, name));
        }
        // A source that is none must not hold the reader here.
        if before.is_empty() {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn imports_are_read_with_their_names() {
        let module = read("pub(crate) use a::{self, b::C as D, e::{f, g::*}}; use super::h;");
        let import = |path: &[&str], name: Option<&str>| (names(path), name.map(str::to_owned));
        assert_eq!(
            module.imports,
            [
                import(&["a"], Some("a")),
                import(&["a", "b", "C"], Some("D")),
                import(&["a", "e", "f"], Some("f")),
                import(&["a", "e", "g"], None),
                import(&["super", "h"], Some("h")),
            ]
        );
    }

    #[test]
    fn paths_and_items_are_read() {
        let module = read(
            "mod a; fn f() { b::c(D::<e::G>::new()); const INNER: u8 = 0; } struct S; macro_rules! m { () => {} }",
        );
        assert_eq!(module.files, ["a"]);
        assert_eq!(module.items, ["f", "S", "m"]);
        assert_eq!(module.paths, [names(&["b", "c"]), names(&["e", "G"])]);
    }

    #[test]
    fn a_module_in_braces_is_a_module() {
        let module = read("mod a { use super::x; pub fn f() {} } use b::c;");
        assert_eq!(module.inline[0].name, "a");
        assert_eq!(module.inline[0].items, ["f"]);
        assert_eq!(module.imports.len(), 1);
    }
}
