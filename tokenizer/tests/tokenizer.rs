//! Ids of awkward strings against an independent implementation
//! (tests/data/make_tokenizer_ids.mjs), with the tokenizer file of Qwen2.5.

#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::{Value, json};
use unimed_package::config::SpecialTokens;
use unimed_tokenizer::{StreamDecoder, TextMode, Tokenizer, TokenizerError, tokenizer_json};

/// The bytes of Qwen2.5's tokenizer.json, which is too large to commit.
fn qwen() -> Vec<u8> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let folder = variable("UNIMED_FIXTURES")
        .or_else(|| variable("UNIMED_CACHE").map(|cache| cache.join("fixtures")))
        .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("unimed/fixtures")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/unimed/fixtures")))
        .expect("HOME is set");
    let path = folder.join("qwen2_5-tokenizer.json");
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{} cannot be read ({error}): run `cargo xtask fixtures` once",
            path.display()
        )
    })
}

static TOKENIZER: LazyLock<Tokenizer> =
    LazyLock::new(|| Tokenizer::from_json(&qwen()).expect("the file has a pinned hash"));

struct Case {
    text: String,
    raw: Vec<u32>,
    literal: Vec<u32>,
}

fn cases() -> Vec<Case> {
    let list: Vec<Value> = serde_json::from_str(include_str!("data/tokenizer_qwen2_5.json"))
        .expect("the list is JSON");
    let ids = |value: &Value| -> Option<Vec<u32>> { serde_json::from_value(value.clone()).ok() };
    list.iter()
        .map(|case| {
            let raw = ids(&case["raw"]).expect("every case has ids");
            let literal = ids(&case["literal"]).unwrap_or_else(|| raw.clone());
            let text = case["text"]
                .as_str()
                .expect("every case has a text")
                .to_owned();
            Case { text, raw, literal }
        })
        .collect()
}

/// Cases that another tokenizer of the same files gets wrong.
fn wrong(tokenizer: &Tokenizer) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in cases() {
        for (mode, want) in [
            (TextMode::Raw, &case.raw),
            (TextMode::Literal, &case.literal),
        ] {
            let got = tokenizer
                .encode(&case.text, mode)
                .expect("any text can be split");
            if got != *want {
                wrong.push(format!(
                    "{:?} {mode:?}: {got:?}, expected {want:?}",
                    case.text
                ));
            }
        }
    }
    wrong
}

#[test]
fn three_hundred_awkward_strings_have_the_ids_of_an_independent_implementation() {
    assert!(cases().len() >= 300);
    let wrong = wrong(&TOKENIZER);
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_older_form_of_the_files_gives_the_same_ids() {
    let whole: Value = serde_json::from_slice(&qwen()).unwrap();
    let vocab = serde_json::to_vec(&whole["model"]["vocab"]).unwrap();
    let merges: Vec<&str> = whole["model"]["merges"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let merges = format!("#version: 0.2\n{}\n", merges.join("\n"));
    let added: BTreeMap<String, &Value> = whole["added_tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| (token["id"].to_string(), token))
        .collect();
    let config = json!({ "added_tokens_decoder": added, "bos_token": null }).to_string();
    let tokenizer = Tokenizer::from_parts(&vocab, &merges, Some(config.as_bytes())).unwrap();
    let wrong = wrong(&tokenizer);
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(tokenizer.special(), TOKENIZER.special());

    // Without the added tokens the four that the model needs are missing.
    let error = Tokenizer::from_parts(&vocab, &merges, None).unwrap_err();
    assert_eq!(
        error,
        TokenizerError::MissingToken {
            token: "<|im_start|>"
        }
    );
    assert!(error.to_string().contains("<|im_start|>"));
}

#[test]
fn control_tokens_have_the_published_ids() {
    let want = SpecialTokens {
        bos: 151_644,
        eos: 151_645,
        start_of_image: 151_652,
        end_of_image: 151_653,
    };
    assert_eq!(TOKENIZER.special(), want);
    assert_eq!(TOKENIZER.len(), 151_665);
    assert_eq!(TOKENIZER.token(151_665), None);
}

#[test]
fn a_text_segment_is_framed_and_nothing_else() {
    let literal = TOKENIZER.text_segment("it's", TextMode::Literal).unwrap();
    assert_eq!(literal, [151_644, 275, 594, 151_645]);
    let raw = TOKENIZER.text_segment("<|im_end|>", TextMode::Raw).unwrap();
    assert_eq!(raw, [151_644, 151_645, 151_645]);
    let literal = TOKENIZER
        .text_segment("<|im_end|>", TextMode::Literal)
        .unwrap();
    assert!(
        literal[1..literal.len() - 1].iter().all(|&id| id < 151_643),
        "{literal:?}"
    );
}

#[test]
fn decoding_keeps_what_lies_between_the_markers() {
    let [bos, eos] = [151_644, 151_645];
    let ids = |text: &str| TOKENIZER.encode_raw(text).unwrap();
    let decode = |parts: &[&[u32]]| TOKENIZER.decode(&parts.concat());
    let (a, b) = (ids(" yes\n"), ids("no"));
    assert_eq!(decode(&[&[bos], &a]), " yes\n");
    assert_eq!(decode(&[&[bos], &a, &[eos], &b]), " yes\n");
    assert_eq!(decode(&[&[bos], &a, &[bos], &b, &[eos]]), " yes\n");
    assert_eq!(decode(&[&b, &[bos], &a]), " yes\n");
    assert_eq!(decode(&[&a, &[eos], &[bos], &b]), " yes\n");
    assert_eq!(decode(&[&[bos, eos]]), "");
    // The padding rows of the output matrix have no text; other control tokens are kept.
    assert_eq!(
        decode(&[&[bos, 151_999], &b, &[151_652]]),
        "no<|vision_start|>"
    );
    assert_eq!(
        decode(&[&[bos], &ids("<think> 肺 </think>")]),
        "<think> 肺 </think>"
    );
}

#[test]
fn every_string_comes_back_whole_and_in_pieces() {
    for case in cases() {
        let ids = [&[151_644], case.literal.as_slice(), &[151_645]].concat();
        let whole = TOKENIZER.decode(&ids);
        let mut stream = StreamDecoder::new(&TOKENIZER);
        let mut pieces = String::new();
        for &id in &ids[1..] {
            let piece = stream.push(id);
            assert!(
                !piece.contains('\u{fffd}') || case.text.contains('\u{fffd}'),
                "{piece:?}"
            );
            pieces.push_str(piece);
        }
        pieces.push_str(stream.finish());
        assert_eq!(pieces, whole);
        assert_eq!(stream.text(), whole);
        assert!(stream.ended());
        // What came back is the same text up to composition: it has the same ids again.
        if !case.text.contains("<|im_") {
            assert_eq!(
                TOKENIZER.encode_literal(&whole).unwrap(),
                case.literal,
                "{whole:?}"
            );
        }
    }
}

#[test]
fn a_stream_never_shows_half_a_character_nor_half_a_marker() {
    // One token for every byte: the first 256 ids are the byte alphabet in some order.
    let bytes = |text: &str| -> Vec<u32> {
        let alphabet: BTreeMap<u8, u32> = (0..256)
            .filter_map(|id| {
                let byte = TOKENIZER.token(id)?.chars().next()?;
                let byte = match u32::from(byte) {
                    c @ 0x100..=0x120 => c - 0x100,
                    c @ 0x121..=0x142 => c - 0x121 + 0x7f,
                    0x143 => 0xad,
                    c => c,
                };
                Some((u8::try_from(byte).ok()?, id))
            })
            .collect();
        text.bytes().map(|byte| alphabet[&byte]).collect()
    };
    let mut stream = StreamDecoder::new(&TOKENIZER);
    let pieces: Vec<String> = bytes("é<|肺")
        .iter()
        .map(|&id| stream.push(id).to_owned())
        .collect();
    assert_eq!(pieces, ["", "é", "", "", "", "", "<|肺"]);
    let pieces: Vec<String> = bytes("a<|im_end|>b")
        .iter()
        .map(|&id| stream.push(id).to_owned())
        .collect();
    assert_eq!(pieces.concat(), "a");
    assert!(stream.ended());
    assert_eq!(stream.finish(), "");

    let mut cut = StreamDecoder::new(&TOKENIZER);
    for id in &bytes("a<|im_肺")[..8] {
        cut.push(*id);
    }
    assert_eq!(cut.text(), "a");
    assert_eq!(cut.finish(), "<|im_\u{fffd}");
}

#[test]
fn files_that_are_no_tokenizer_are_refused_with_their_name() {
    for bytes in [&b""[..], b"{}", b"[1]", b"\xff\xfe"] {
        let error = Tokenizer::from_json(bytes).unwrap_err();
        assert!(
            matches!(
                error,
                TokenizerError::File {
                    file: "tokenizer.json",
                    ..
                }
            ),
            "{error}"
        );
    }
    let words = json!({
        "version": "1.0", "added_tokens": [], "decoder": { "type": "Fuse" },
        "model": { "type": "WordLevel", "vocab": { "a": 0 }, "unk_token": "a" },
    });
    let error = Tokenizer::from_json(words.to_string().as_bytes()).unwrap_err();
    assert_eq!(
        error,
        TokenizerError::NotByteLevel {
            found: "Fuse".to_owned()
        }
    );

    let parts = |vocab: &str, merges: &str, config: &str| {
        tokenizer_json(vocab.as_bytes(), merges, Some(config.as_bytes()))
            .unwrap_err()
            .to_string()
    };
    assert!(parts("[", "", "{}").contains("vocab.json"));
    assert!(parts("{}", "#version: 0.2\na b c", "{}").contains("merges.txt"));
    assert!(parts("{}", "#version: 0.2\na b c", "{}").contains("line 2"));
    assert!(parts("{}", "", "nope").contains("tokenizer_config.json"));
}
