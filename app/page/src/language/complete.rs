//! Nothing that is said lacks a translation: the sources are searched for it, so that nobody has to remember.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};
use unimed_protocol::{Remedy, UserError};

/// Literals of the workers that no person reads, each with the reason.
const NOT_SAID: [(&str, &str); 22] = [
    (
        "{} {}; check the connection or the folder and try again",
        "what happened to a file is a literal of its own",
    ),
    (
        "This {} file uses a form that cannot be read here ({}). {}",
        "so is each remedy",
    ),
    ("({}, {}) is outside of {}", "a panic"),
    ("positions of a batch have one length", "the same"),
    ("basic render", "part of an adapter's name"),
    ("came from", "a mark in a journal"),
    ("folder {}", "the same"),
    ("file {}", "a name for a file without one"),
    ("a worker panicked", "for the console"),
    ("a kernel computes wrong numbers on this device", "the same"),
    ("a message to the page was refused", "the same"),
    ("a message was refused", "the same"),
    ("it is gone", "the same"),
    ("it does not answer", "the same"),
    ("the device was lost: {}", "the same"),
    ("the device failed", "the same"),
    ("transform used", "metadata stay in the file's language"),
    ("compressed pixels", "the same"),
    ("whole rows", "packing happens at home"),
    ("the model folder", "the same"),
    ("the tensors to be written", "the same"),
    ("a folder answers at once", "the same"),
];

/// Folders of the repository whose literals may reach the page from a worker, and what in them does not.
const WORKERS: [(&str, &[&str]); 10] = [
    ("app/decoder-worker/src", &[]),
    ("app/engine-worker/src", &[]),
    ("app/model-store/src", &[]),
    ("app/models-worker/src", &[]),
    ("app/web/src", &[]),
    // No worker, but it tells of files as they do.
    (
        "app/page/src/actions/saved",
        &[
            "base64.rs",
            "collect.rs",
            "form.rs",
            "html.rs",
            "markdown.rs",
            "mod.rs",
        ],
    ),
    // Names of transfer syntaxes are names, reports and de-identification are the command line's, and what is written into files
    // stays English.
    (
        "imaging/src",
        &["syntax.rs", "report", "deidentify", "secondary_capture.rs"],
    ),
    ("core/src", &["verify", "kernels"]),
    ("package/src", &["writer.rs", "pack.rs", "seeded.rs"]),
    ("tokenizer/src", &[]),
];

struct Words {
    words: HashMap<String, String>,
    sentences: HashMap<String, String>,
}

/// The tables of all languages.
fn tables() -> Vec<Words> {
    let folder = root().join("public/words");
    let files = fs::read_dir(folder).expect("a folder");
    let tables: Vec<Words> = files
        .map(|file| fs::read_to_string(file.expect("an entry").path()).expect("a table"))
        .map(|text| table(&text))
        .collect();
    assert!(!tables.is_empty());
    tables
}

fn table(text: &str) -> Words {
    let mut groups: HashMap<String, HashMap<String, String>> =
        serde_json::from_str(text).expect("groups of words");
    let mut group = |name| groups.remove(name).expect("a group");
    let words = Words {
        words: group("words"),
        sentences: group("sentences"),
    };
    assert!(group("language").contains_key("name"));
    assert!(
        groups.is_empty(),
        "the page reads two groups, and `cargo xtask finish` the third"
    );
    words
}

/// Calls `visit` with the program text, without tests, of every source in a folder.
fn sources(folder: &Path, leave_out: &[&str], visit: &mut impl FnMut(&str)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str());
        if leave_out.contains(&name.expect("a name")) || path.ends_with("tests.rs") {
            continue;
        }
        if path.is_dir() {
            sources(&path, leave_out, visit);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            visit(text.split("#[cfg(test)]").next().expect("a program"));
        }
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Plain string literals of a program, each with what stands before it; gaps are written `{}`.
fn literals(program: &str) -> Vec<(String, String)> {
    let lines = program
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let program = lines.collect::<Vec<_>>().join("\n");
    // A quotation mark as a character is none of a string.
    let program = program.replace("'\"'", "");
    let mut found = Vec::new();
    let mut rest = program.as_str();
    while let Some((before, after)) = rest.split_once('"') {
        if before.ends_with("r#") {
            rest = after.split_once("\"#").expect("its end").1;
            continue;
        }
        let mut end = 0;
        while !after[end..].starts_with('"') {
            end += if after[end..].starts_with('\\') { 2 } else { 1 };
            while !after.is_char_boundary(end) {
                end += 1;
            }
        }
        let before: String = before.split_whitespace().collect::<Vec<_>>().join(" ");
        found.push((before, with_gaps(&after[..end])));
        rest = &after[end + 1..];
    }
    found
}

/// A literal as it reads in the table: line ends gone, gaps empty.
fn with_gaps(literal: &str) -> String {
    let mut pieces = literal.split("\\\n");
    let mut joined = pieces.next().expect("a piece").to_owned();
    pieces.for_each(|piece| joined.push_str(piece.trim_start()));
    let mut out = String::new();
    let mut depth = 0;
    for letter in joined.chars() {
        depth -= i32::from(letter == '}');
        if depth == 0 {
            out.push(letter);
        }
        depth += i32::from(letter == '{');
    }
    out
}

/// Whether it is made of words: a sentence or a part of one.
fn is_said(before: &str, literal: &str) -> bool {
    let code = [
        "expect(",
        "panic!(",
        "unreachable!(",
        "assert!(",
        "reason =",
        "cfg(",
        "serde(",
    ];
    if code.iter().any(|call| before.ends_with(call)) || before.ends_with("skip_serializing_if =") {
        return false;
    }
    let word = |word: &&str| {
        let word = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        word.len() > 1 && word.chars().all(|letter| letter.is_ascii_lowercase())
    };
    literal.split_whitespace().filter(word).count() > 1
}

/// The two sentences that become of an error's message.
fn sentences(message: &str) -> [String; 2] {
    let user_error = UserError::from_message(message, Remedy::None);
    [user_error.what, user_error.advice]
}

#[test]
fn every_sentence_of_a_worker_is_translated() {
    tables().into_iter().for_each(sentences_of_workers);
}

fn sentences_of_workers(language: Words) {
    let Words {
        words,
        sentences: table,
    } = language;
    let known =
        |text: &String| text.is_empty() || table.contains_key(text) || words.contains_key(text);
    let not_said: HashSet<_> = NOT_SAID.iter().map(|(literal, _)| *literal).collect();
    let (mut missing, mut count) = (Vec::new(), 0);
    for (folder, leave_out) in WORKERS {
        sources(&root().join(folder), leave_out, &mut |program| {
            for (before, literal) in literals(program) {
                if !is_said(&before, &literal) || not_said.contains(literal.as_str()) {
                    continue;
                }
                count += 1;
                // By itself, as an error's message, or as what happened to a file.
                let of_a_file = format!("{{}} {literal}");
                let advised =
                    format!("{of_a_file}; check the connection or the folder and try again");
                let said = known(&literal)
                    || [literal.clone(), of_a_file, advised]
                        .iter()
                        .any(|message| sentences(message).iter().all(known));
                if !said {
                    missing.push(literal);
                }
            }
        });
    }
    assert!(missing.is_empty(), "not translated: {missing:#?}");
    assert!(count > 200, "the search found {count} only");
}

#[test]
fn every_word_that_the_page_looks_up_is_in_the_table() {
    tables().into_iter().for_each(words_of_the_page);
}

fn words_of_the_page(language: Words) {
    let table = language.words;
    let mut count = 0;
    sources(
        &root().join("app/page/src"),
        &["language"],
        &mut |program| {
            for (before, literal) in literals(program) {
                let call = |name| {
                    let head: Option<&str> = before.strip_suffix(name);
                    head.is_some_and(|head| {
                        !head.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
                    })
                };
                if call("tr(") || call("say(") {
                    assert!(table.contains_key(&literal), "not translated: {literal}");
                    count += 1;
                }
            }
        },
    );
    assert!(count > 150, "the search found {count} only");
}

#[test]
fn what_the_page_says_when_something_goes_wrong_is_translated() {
    tables().into_iter().for_each(errors_of_the_page);
}

fn errors_of_the_page(language: Words) {
    let Words { words, sentences } = language;
    let mut count = 0;
    sources(
        &root().join("app/page/src"),
        &["language"],
        &mut |program| {
            for piece in program.split("UserError::new(").skip(1) {
                let call = piece.split("Remedy::").next().expect("a call");
                for (before, literal) in literals(call) {
                    if !is_said(&before, &literal) {
                        continue;
                    }
                    let known = words.contains_key(&literal) || sentences.contains_key(&literal);
                    assert!(known, "not translated: {literal}");
                    count += 1;
                }
            }
        },
    );
    assert!(count > 15, "the search found {count} only");
}

#[test]
fn sentences_have_as_many_gaps_in_every_language() {
    tables().into_iter().for_each(gaps);
}

fn gaps(language: Words) {
    let Words { words, sentences } = language;
    for (english, words) in words.iter().chain(&sentences) {
        assert_eq!(
            english.matches("{}").count(),
            words.matches("{}").count(),
            "{english}"
        );
        assert!(!words.trim().is_empty(), "{english}");
    }
}

#[test]
fn literals_are_read_as_the_compiler_reads_them() {
    let program = "// \"a comment\"\nf(\"one \\\n     two {x:?} \\\" three\", '\"', r#\"raw \"one\"\"#, \"last\")";
    let found: Vec<_> = literals(program)
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    assert_eq!(found, ["one two {} \\\" three", "last"]);
}
