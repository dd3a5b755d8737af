//! A signed package, and everything that can be wrong with its signature.

#![cfg(not(target_arch = "wasm32"))]

use minisign::KeyPair;
use pollster::block_on;
use proptest::prelude::*;
use serde_json::json;
use unimed_package::{
    Comment, FolderSource, MANIFEST, Manifest, MemoryCache, MemorySource, Package, PackageError,
    PackageWriter, PublicKey, SIGNATURE, Signature, SignedManifest, Source, SourceError,
    host::LocalFuture, shipped_key,
};

/// Signs as minisign does, with a comment as the command writes it.
fn signature(pair: &KeyPair, manifest: &[u8], timestamp: u64) -> String {
    let comment = Comment {
        timestamp,
        key: PublicKey::parse(&pair.pk.to_base64()).expect("a key"),
        signer: Some("Tester".to_owned()),
    };
    signed_with(pair, manifest, &comment.to_string())
}

fn signed_with(pair: &KeyPair, manifest: &[u8], comment: &str) -> String {
    let signed = minisign::sign(None, &pair.sk, manifest, Some(comment), None);
    signed.expect("a signature").into_string()
}

fn pair() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().expect("a key pair")
}

/// A package of one file, signed.
fn package(pair: &KeyPair) -> MemorySource {
    let configs = [json!({}), json!({}), json!({})];
    let manifest = Manifest::new("signed", "CC0-1.0", "made by a test", configs);
    let mut writer = PackageWriter::in_memory(manifest);
    writer.add_file("tokenizer.json", b"{}").expect("memory");
    let mut source = writer.finish().expect("memory takes anything");
    let manifest = source.get(MANIFEST).expect("a manifest").to_vec();
    source.insert(SIGNATURE, signature(pair, &manifest, 1000).into_bytes());
    source
}

fn open(source: &MemorySource) -> Result<Option<Signature>, PackageError> {
    block_on(Package::open(source)).map(|package| package.signed().signature().cloned())
}

/// Why a package is refused for its signature.
fn refused(source: &MemorySource) -> String {
    match open(source) {
        Err(PackageError::Signature { why }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_signed_package_says_who_signed_it_and_when() {
    let pair = pair();
    let comment = open(&package(&pair))
        .expect("it fits")
        .expect("it is signed")
        .comment;
    assert_eq!(
        (comment.timestamp, comment.signer.as_deref()),
        (1000, Some("Tester"))
    );
    assert_eq!(comment.key.as_base64(), pair.pk.to_base64());
}

#[test]
fn an_unsigned_package_is_opened_as_one() {
    let mut source = package(&pair());
    source.remove(SIGNATURE);
    assert_eq!(open(&source), Ok(None));
}

#[test]
fn a_changed_manifest_does_not_fit() {
    let signed = package(&pair());
    // Another name, another hash, and the same content written in another way.
    for (from, to) in [("CC0-1.0", "CC0-9.9"), ("\"sha256\": [", "\"sha256\": [ ")] {
        let mut source = signed.clone();
        let text = String::from_utf8(source.remove(MANIFEST).expect("a manifest")).expect("UTF-8");
        assert!(text.contains(from));
        source.insert(MANIFEST, text.replace(from, to).into_bytes());
        assert!(refused(&source).contains("was changed after it was signed"));
    }
}

#[test]
fn a_changed_comment_does_not_fit() {
    let signed = package(&pair());
    let text = String::from_utf8(signed.get(SIGNATURE).expect("signed").to_vec()).expect("UTF-8");
    for (from, to) in [
        ("timestamp:1000", "timestamp:9999"),
        ("Tester", "UniMed"),
        ("\tsigner:Tester", ""),
    ] {
        let mut source = signed.clone();
        source.insert(SIGNATURE, text.replace(from, to).into_bytes());
        assert!(
            refused(&source).contains("was changed after it was signed"),
            "{from}"
        );
    }
    // The first line is for people, and nobody's word.
    let mut source = signed.clone();
    let (_, rest) = text.split_once('\n').expect("lines");
    source.insert(
        SIGNATURE,
        format!("untrusted comment: x\n{rest}").into_bytes(),
    );
    assert!(open(&source).is_ok());
}

#[test]
fn a_signature_of_another_key_does_not_fit() {
    let (right, wrong) = (pair(), pair());
    let mut source = package(&right);
    let manifest = source.get(MANIFEST).expect("a manifest").to_vec();
    // Made with one key, and naming another.
    let comment = format!("timestamp:1\tkey:{}", right.pk.to_base64());
    source.insert(
        SIGNATURE,
        signed_with(&wrong, &manifest, &comment).into_bytes(),
    );
    assert!(refused(&source).contains("another key than the one"));
    // The same where the two have one key number.
    let mut bytes = right.pk.to_bytes();
    bytes[2..10].copy_from_slice(wrong.pk.keynum());
    let disguised = minisign::PublicKey::from_bytes(&bytes)
        .expect("a key")
        .to_base64();
    let comment = format!("timestamp:1\tkey:{disguised}");
    source.insert(
        SIGNATURE,
        signed_with(&wrong, &manifest, &comment).into_bytes(),
    );
    assert!(refused(&source).contains("was changed after it was signed"));
}

#[test]
fn a_signature_of_another_package_does_not_fit() {
    let pair = pair();
    let mut source = package(&pair);
    source.insert(SIGNATURE, signature(&pair, b"{}", 1000).into_bytes());
    assert!(refused(&source).contains("was changed after it was signed"));
}

#[test]
fn a_signature_without_our_fields_says_which() {
    let pair = pair();
    let mut source = package(&pair);
    let manifest = source.get(MANIFEST).expect("a manifest").to_vec();
    let key = pair.pk.to_base64();
    for (comment, missing) in [
        (
            "timestamp:1\tfile:manifest.json\thashed".to_owned(),
            "no key ",
        ),
        (format!("key:{key}"), "no timestamp "),
        (format!("timestamp:soon\tkey:{key}"), "no timestamp "),
    ] {
        source.insert(
            SIGNATURE,
            signed_with(&pair, &manifest, &comment).into_bytes(),
        );
        assert!(refused(&source).contains(missing), "{comment}");
    }
}

#[test]
fn what_is_no_signature_is_refused_and_not_taken_for_a_missing_one() {
    let mut source = package(&pair());
    let text = String::from_utf8(source.get(SIGNATURE).expect("signed").to_vec()).expect("UTF-8");
    // The letter behind RU holds the end of the algorithm and the beginning of the key's number, so it is one of four.
    let mut old_form = text.clone();
    let letter = text.find("\nRU").expect("prehashed") + "\nRU".len();
    old_form.replace_range(letter..=letter, "X");
    for bad in [
        "",
        "\n\n\n\n",
        "<!doctype html>",
        "untrusted comment: x\n!!\ntrusted comment: y\n!!",
        &old_form,
    ] {
        source.insert(SIGNATURE, bad.as_bytes().to_vec());
        refused(&source);
    }
    source.insert(SIGNATURE, vec![0xff; 200]);
    assert!(refused(&source).contains("is not a minisign signature"));
    source.insert(SIGNATURE, vec![b'a'; 20_000]);
    assert!(refused(&source).contains("it has 20000 bytes, at most 16384 are read"));
}

/// A server that has a signature and does not give it.
struct Broken(MemorySource);

impl Source for Broken {
    fn size<'a>(&'a self, file: &'a str) -> LocalFuture<'a, Result<u64, SourceError>> {
        if file == SIGNATURE {
            let file = file.to_owned();
            let what = "could not be fetched (status 500)".to_owned();
            return Box::pin(std::future::ready(Err(SourceError::Failed { file, what })));
        }
        self.0.size(file)
    }

    fn read<'a>(
        &'a self,
        file: &'a str,
        range: std::ops::Range<u64>,
    ) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
        self.0.read(file, range)
    }
}

#[test]
fn a_signature_that_cannot_be_fetched_is_not_a_missing_one() {
    let source = Broken(package(&pair()));
    let error = block_on(Package::open(&source)).expect_err("the signature is not there");
    assert!(
        matches!(error, PackageError::Source(SourceError::Failed { .. })),
        "{error}"
    );
}

#[test]
fn nothing_is_kept_of_a_package_whose_signature_does_not_fit() {
    let mut source = package(&pair());
    source.get_mut(MANIFEST).expect("a manifest").push(b'\n');
    let mut cache = MemoryCache::new();
    assert!(block_on(Package::open_with(&source, Some(&cache))).is_err());
    assert!(cache.chunks_mut().is_empty());
}

#[test]
fn what_was_read_can_be_kept_and_read_again() {
    let source = package(&pair());
    let signed = block_on(SignedManifest::read(&source)).expect("it fits");
    let signature = signed.signature_bytes().map(<[u8]>::to_vec);
    assert_eq!(Some(signed.bytes()), source.get(MANIFEST));
    let again = SignedManifest::parse(signed.bytes().to_vec(), signature).expect("it fits");
    assert_eq!(again, signed);
}

/// Made with minisign 0.11 on the command line, from a key that no longer exists:
/// `minisign -S -m manifest.json -t "timestamp:1764430000<TAB>key:RW...<TAB>signer:Somebody"`.
#[test]
fn a_signature_of_the_minisign_program_fits() {
    let manifest = include_bytes!("data/minisign/manifest.json");
    let signature = include_bytes!("data/minisign/manifest.json.minisig");
    let signature = Signature::check(manifest, signature).expect("it fits");
    assert_eq!(signature.comment.timestamp, 1_764_430_000);
    assert_eq!(signature.comment.signer.as_deref(), Some("Somebody"));
    let key = PublicKey::parse(include_str!("data/minisign/minisign.pub")).expect("a key");
    assert_eq!(signature.comment.key, key);
}

/// Whoever ships another default model signs it with the key whose public half is committed (docs/reference/package.md).
#[test]
fn the_default_model_is_signed_with_the_committed_key() {
    let source = FolderSource::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../public/model"));
    let signed = block_on(SignedManifest::read(&source)).expect("the signature fits");
    let signature = signed.signature().expect("public/model is signed");
    assert_eq!(signature.comment.key, shipped_key());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_damage_is_told_and_none_is_a_panic(at in 0_usize..1000, bit in 0_u32..8, cut: bool) {
        let pair = pair();
        let mut source = package(&pair);
        let text = source.get_mut(SIGNATURE).expect("signed");
        // Behind the first line, which nobody signs; the last line break may go.
        let first = text.iter().position(|&byte| byte == b'\n').expect("lines") + 1;
        let at = first + at % (text.len() - 1 - first);
        if cut {
            text.truncate(at);
        } else {
            text[at] ^= 1 << bit;
        }
        let refused = matches!(open(&source), Err(PackageError::Signature { .. }));
        prop_assert!(refused);
    }

    #[test]
    fn any_bytes_are_refused_as_a_signature(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let refused = Signature::check(b"manifest", &bytes).is_err();
        prop_assert!(refused);
    }
}
