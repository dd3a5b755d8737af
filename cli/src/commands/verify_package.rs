//! `unimed verify-package`: who signed a package, whether that is somebody known, and whether all of it is whole.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use clap::Args;
use serde_json::{Value, json};
use unimed_package::{
    FetchError, FolderSource, KeyTrust, Package, PackageError, PublicKey, Signature, Trust,
    TrustStatus, day, host::NoopHost, shipped_key,
};

use super::{CommandError, CommandResult, print_json, print_line};

/// Check who signed a package, and every hash in it.
///
/// The exit code is 0 only when the signature fits, the key is a known one, the package is none older than one that was
/// seen, and every chunk is whole. Known are the key of --key or, without it, the default model's key and the keys in
/// the file of --state.
#[derive(Debug, Args)]
pub(crate) struct VerifyPackageArgs {
    /// Folder of the package.
    package: PathBuf,
    /// The only public key to accept: a minisign.pub, or its line in base64.
    #[arg(long, value_name = "PUBLIC")]
    key: Option<String>,
    /// File in which keys and versions are remembered; a key that is new is trusted from now on.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &VerifyPackageArgs) -> CommandResult {
    let given = match &args.key {
        Some(key) => public_key(key)?,
        None => shipped_key(),
    };
    let source = FolderSource::new(&args.package);
    let package = match pollster::block_on(Package::open(&source)) {
        Ok(package) => package,
        Err(error) => return refuse(args, outcome_of(&error), json!({}), &error.to_string()),
    };
    let name = package.manifest().name.clone();
    let signature = package.signed().signature();
    let about = about(&name, signature);
    let whole = pollster::block_on(package.verify(&NoopHost::new(), &mut |_, _| {}));
    match whole {
        Ok(_) => {}
        Err(FetchError::Package(error)) => {
            return refuse(args, outcome_of(&error), about, &error.to_string());
        }
        Err(error) => return Err(error.into()),
    }
    let mut trust = match &args.state {
        Some(file) => read_state(file)?,
        None => Trust::default(),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let standing = trust.judge(&name, signature, std::slice::from_ref(&given), now);
    let outcome = outcome(args, signature, &standing);
    if let Some(file) = args.state.as_ref().filter(|_| outcome.remember) {
        write_state(file, &trust)?;
    }
    if !outcome.accepted {
        return refuse(args, outcome.word, about, &outcome.said);
    }
    if args.json {
        return print_json(&with(about, outcome.word, &outcome.said));
    }
    print_line(&format!("{name}: {}", outcome.said))?;
    print_line(&format!(
        "SHA-256: all chunks agree, {:.1} MB",
        package.manifest().total_bytes() as f64 / 1e6
    ))
}

/// What came of it.
struct Outcome {
    /// In one word, for programs.
    word: &'static str,
    /// In a sentence, with what to do where it is not good.
    said: String,
    /// Whether the package may be used.
    accepted: bool,
    /// Whether it is remembered: what was refused must not become what others are compared with.
    remember: bool,
}

fn outcome(
    args: &VerifyPackageArgs,
    signature: Option<&Signature>,
    standing: &TrustStatus,
) -> Outcome {
    let refused = |word, said| Outcome {
        word,
        said,
        accepted: false,
        remember: false,
    };
    let accepted = |word, said| Outcome {
        word,
        said,
        accepted: true,
        remember: true,
    };
    let (TrustStatus::Signed { by, newer }, Some(Signature { comment })) = (standing, signature)
    else {
        return match standing {
            TrustStatus::NoLongerSigned(before) => refused(
                "no-longer-signed",
                format!(
                    "the package is not signed, and one of its name was signed by {} ({}); fetch it from its maker",
                    called(before.signer.as_deref()),
                    before.fingerprint()
                ),
            ),
            _ => refused(
                "unsigned",
                "the package is not signed; fetch a signed one from its maker, or sign it with `unimed sign`".to_owned(),
            ),
        };
    };
    let signer = format!(
        "signed by {} on {} ({})",
        called(comment.signer.as_deref()),
        day(comment.timestamp),
        comment.key.fingerprint()
    );
    if let KeyTrust::Instead(before) = by {
        return refused(
            "other-key",
            format!(
                "{signer}, and a package of this name was signed with another key before: by {} ({}); ask its maker \
                 whether the key was replaced, and name the new one with --key",
                called(before.signer.as_deref()),
                before.fingerprint()
            ),
        );
    }
    if *by != KeyTrust::Given && args.key.is_some() {
        return refused(
            "other-key",
            format!(
                "{signer}, which is not the key of --key; fetch the package from the owner of that key"
            ),
        );
    }
    if let Some(newer) = newer {
        return refused(
            "rolled-back",
            format!(
                "{signer}, and a newer version was seen, signed on {}; fetch the newer one",
                day(*newer)
            ),
        );
    }
    match by {
        KeyTrust::FirstSeen if args.state.is_none() => refused(
            "unknown-key",
            format!(
                "{signer}, and anybody could have made that key; compare the fingerprint with its maker's and name the \
                 key with --key, or remember keys with --state FILE"
            ),
        ),
        KeyTrust::FirstSeen => accepted(
            "first-seen",
            format!("{signer}, a key that was not seen before and is trusted from now on"),
        ),
        KeyTrust::Known(since) => accepted(
            "signed",
            format!("{signer}, a key known since {}", day(*since)),
        ),
        _ => {
            let whose = if args.key.is_some() {
                "the key of --key"
            } else {
                "the default model's key"
            };
            accepted("signed", format!("{signer}, {whose}"))
        }
    }
}

/// In one word, what is wrong with a package that cannot be opened.
fn outcome_of(error: &PackageError) -> &'static str {
    match error {
        PackageError::Signature { .. } => "changed",
        PackageError::Source(_) | PackageError::Version { .. } => "unreadable",
        _ => "damaged",
    }
}

fn called(signer: Option<&str>) -> &str {
    signer.unwrap_or("somebody without a name")
}

fn about(name: &str, signature: Option<&Signature>) -> Value {
    let mut about = json!({ "name": name });
    if let Some(Signature { comment }) = signature {
        about["key"] = json!(comment.key.as_base64());
        about["fingerprint"] = json!(comment.key.fingerprint());
        about["signer"] = json!(comment.signer);
        about["timestamp"] = json!(comment.timestamp);
    }
    about
}

fn with(mut about: Value, outcome: &str, said: &str) -> Value {
    about["outcome"] = json!(outcome);
    about["said"] = json!(said);
    about
}

/// Says why a package is not accepted.
fn refuse(args: &VerifyPackageArgs, outcome: &str, about: Value, said: &str) -> CommandResult {
    if args.json {
        print_json(&with(about, outcome, said))?;
    }
    Err(said.into())
}

/// A public key, by its file or as a line.
fn public_key(given: &str) -> Result<PublicKey, CommandError> {
    let text = match fs::read_to_string(given) {
        Ok(text) => text,
        Err(_) => given.to_owned(),
    };
    PublicKey::parse(&text).ok_or_else(|| {
        format!(
            "{given} is neither a file with a minisign public key nor such a key; name a minisign.pub, or its last line"
        )
        .into()
    })
}

fn read_state(file: &Path) -> Result<Trust, CommandError> {
    let refused = |error: &dyn std::fmt::Display| {
        CommandError::from(format!(
            "{}: {error}; name a file that this command wrote, or one that is not there yet",
            file.display()
        ))
    };
    match fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| refused(&error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Trust::default()),
        Err(error) => Err(refused(&error)),
    }
}

fn write_state(file: &Path, trust: &Trust) -> CommandResult {
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let failed = |error: std::io::Error| format!("{}: {error}", file.display());
    fs::write(&partial, serde_json::to_vec_pretty(trust)?).map_err(failed)?;
    fs::rename(&partial, file).map_err(failed)?;
    Ok(())
}
