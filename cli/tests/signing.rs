//! `unimed sign` and `unimed verify-package` as a person or a script meets them.

mod support;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use support::scratch;
use unimed_package::{Manifest, PackageWriter};

/// Runs the command in a folder.
fn unimed(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_unimed"))
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the command starts")
}

/// What a check says, and whether it accepts the package.
fn check(folder: &Path, args: &[&str]) -> (Value, bool) {
    let output = unimed(folder, &[&["verify-package", "--json"], args].concat());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let answer: Value = serde_json::from_str(text.trim()).expect("one JSON object");
    // What is wrong is said to people as well.
    assert_eq!(output.status.success(), output.stderr.is_empty());
    (answer, output.status.success())
}

/// The same in one word.
fn outcome(folder: &Path, args: &[&str]) -> (String, bool) {
    let (answer, accepted) = check(folder, args);
    (
        answer["outcome"].as_str().expect("a word").to_owned(),
        accepted,
    )
}

fn write_package(folder: &Path) {
    let configs = [json!({}), json!({}), json!({})];
    let manifest = Manifest::new("Small", "CC0-1.0", "made by a test", configs);
    let mut writer = PackageWriter::to_folder(manifest, folder.join("package")).expect("a folder");
    writer.add_file("tokenizer.json", b"{}").expect("written");
    writer.finish().expect("written");
}

fn sign(folder: &Path, key: &str) {
    let output = unimed(folder, &["sign", "--key", key, "package"]);
    assert!(output.status.success(), "{output:?}");
}

fn new_key(folder: &Path, name: &str, signer: &str) {
    let args = [
        "sign",
        "--new-key",
        name,
        "--no-password",
        "--signer",
        signer,
    ];
    let output = unimed(folder, &args);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_package_is_signed_checked_and_told_from_others() {
    let folder = &scratch("signing");
    write_package(folder);
    assert_eq!(outcome(folder, &["package"]), ("unsigned".into(), false));
    new_key(folder, "jane.key", "Jane");
    new_key(folder, "eve.key", "Eve");
    sign(folder, "jane.key");

    // By its key, by no key, and by a state that learns it.
    let (answer, accepted) = check(folder, &["package", "--key", "jane.key.pub"]);
    assert!(accepted, "{answer}");
    assert_eq!(
        (&answer["outcome"], &answer["signer"]),
        (&json!("signed"), &json!("Jane"))
    );
    let public = fs::read_to_string(folder.join("jane.key.pub")).expect("a public key");
    let line = public.lines().last().expect("a line");
    assert_eq!(answer["key"], line);
    assert_eq!(
        outcome(folder, &["package", "--key", line]),
        ("signed".into(), true)
    );
    assert_eq!(outcome(folder, &["package"]), ("unknown-key".into(), false));
    let state = ["package", "--state", "known.json"];
    assert_eq!(outcome(folder, &state), ("first-seen".into(), true));
    assert_eq!(outcome(folder, &state), ("signed".into(), true));

    // An older one, as the state has it; what is refused leaves the state as it was.
    let known = fs::read_to_string(folder.join("known.json")).expect("a state");
    let newest = answer["timestamp"].to_string();
    let later = known.replace(&format!("\"newest\": {newest}"), "\"newest\": 9999999999");
    assert_ne!(later, known);
    fs::write(folder.join("known.json"), &later).expect("written");
    assert_eq!(outcome(folder, &state), ("rolled-back".into(), false));
    assert_eq!(
        fs::read_to_string(folder.join("known.json")).expect("a state"),
        later
    );
    fs::write(folder.join("known.json"), known).expect("written");

    // Another key under the same name, and none.
    sign(folder, "eve.key");
    assert_eq!(outcome(folder, &state), ("other-key".into(), false));
    let by_jane = ["package", "--key", "jane.key.pub"];
    assert_eq!(outcome(folder, &by_jane), ("other-key".into(), false));
    fs::remove_file(folder.join("package/manifest.json.minisig")).expect("removed");
    assert_eq!(outcome(folder, &state), ("no-longer-signed".into(), false));

    // Damage to a file, then to the manifest; neither is signed anew before it is mended.
    sign(folder, "jane.key");
    fs::write(folder.join("package/tokenizer.json"), "[]").expect("written");
    assert_eq!(outcome(folder, &by_jane), ("damaged".into(), false));
    let again = unimed(folder, &["sign", "--key", "jane.key", "package"]);
    assert_eq!(again.status.code(), Some(1));
    fs::write(folder.join("package/tokenizer.json"), "{}").expect("written");
    let manifest = fs::read_to_string(folder.join("package/manifest.json")).expect("a manifest");
    let changed = manifest.replace("CC0-1.0", "MIT");
    fs::write(folder.join("package/manifest.json"), changed).expect("written");
    assert_eq!(outcome(folder, &by_jane), ("changed".into(), false));
    assert_eq!(outcome(folder, &["nothing"]), ("unreadable".into(), false));
}

#[test]
fn keys_are_not_replaced_and_what_is_no_key_is_refused() {
    let folder = &scratch("keys");
    write_package(folder);
    new_key(folder, "a.key", "A");
    let before = fs::read(folder.join("a.key")).expect("a key");
    let again = unimed(folder, &["sign", "--new-key", "a.key", "--no-password"]);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(fs::read(folder.join("a.key")).expect("a key"), before);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.join("a.key"))
            .expect("a key")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for key in ["a.key.pub", "package/manifest.json", "nothing"] {
        let output = unimed(folder, &["sign", "--key", key, "package"]);
        assert_eq!(output.status.code(), Some(1), "{key}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("name the file of a secret key"), "{text}");
    }
    let output = unimed(folder, &["verify-package", "package", "--key", "a.key"]);
    assert_eq!(output.status.code(), Some(1));
    // minisign writes keys without a password without their checksum. Others are damaged when it is wrong.
    let text = fs::read_to_string(folder.join("a.key")).expect("a key");
    let (first, line) = text.trim_end().split_once('\n').expect("two lines");
    let mut bytes = STANDARD.decode(line).expect("base64");
    bytes[126..].fill(0);
    let write = |bytes: &[u8]| {
        let text = format!("{first}\n{}\n", STANDARD.encode(bytes));
        fs::write(folder.join("b.key"), text).expect("written");
        unimed(folder, &["sign", "--key", "b.key", "package"])
            .status
            .code()
    };
    assert_eq!(write(&bytes), Some(0));
    let by_a = ["package", "--key", "a.key.pub"];
    assert_eq!(outcome(folder, &by_a), ("signed".into(), true));
    bytes[130] ^= 1;
    assert_eq!(write(&bytes), Some(1));
    bytes[130] ^= 1;
    // The private half of another key.
    bytes[70] ^= 1;
    assert_eq!(write(&bytes), Some(1));
    // Neither a key nor a package: an argument is missing.
    assert_eq!(unimed(folder, &["sign"]).status.code(), Some(2));
    assert_eq!(
        unimed(folder, &["sign", "--key", "a.key"]).status.code(),
        Some(2)
    );
}

#[test]
fn the_default_model_is_accepted() {
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../public/model");
    let folder = scratch("default");
    assert_eq!(outcome(&folder, &[model]), ("signed".into(), true));
}
