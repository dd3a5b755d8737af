//! `unimed sign`: makes a key, and signs a package with it.

use std::{
    fs::{self, File},
    io::Write,
    ops::Range,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use minisign::{KeyPair, SecretKey, SecretKeyBox};
use unimed_package::{
    Comment, FolderSource, MANIFEST, Package, PublicKey, SIGNATURE, SignedManifest, Source,
    SourceError,
    host::{LocalFuture, NoopHost},
};

use super::{CommandError, CommandResult, print_line};

/// How the first line of a secret key starts that says whose it is.
const OWNER: &str = "untrusted comment: secret key of ";

/// Where a secret key says whether a password protects it.
const PROTECTION: Range<usize> = 2..4;
/// Where its checksum is.
const CHECKSUM: Range<usize> = 126..158;

/// Sign a package, in the form of minisign: writes manifest.json.minisig.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["key", "new_key"]))]
pub(crate) struct SignArgs {
    /// Folder of the package; every hash in it is checked first.
    #[arg(required_unless_present = "new_key", conflicts_with = "new_key")]
    package: Option<PathBuf>,
    /// File with the secret key, of `--new-key` or of minisign.
    #[arg(long)]
    key: Option<PathBuf>,
    /// Make a key pair instead: the secret key in this file, the public key in FILE.pub.
    #[arg(long, value_name = "FILE")]
    new_key: Option<PathBuf>,
    /// Do not protect the new secret key with a password.
    #[arg(long, requires = "new_key")]
    no_password: bool,
    /// What the signer is called; the name that the key was made with by default.
    #[arg(long, value_name = "NAME")]
    signer: Option<String>,
}

pub(crate) fn run(args: &SignArgs) -> CommandResult {
    match (&args.new_key, &args.key, &args.package) {
        (Some(file), _, _) => new_key(file, args),
        (None, Some(key), Some(package)) => sign(key, package, args.signer.as_deref()),
        // clap does not let it come to this.
        _ => Err("name a package and the --key to sign it with, or a file for a --new-key".into()),
    }
}

fn new_key(file: &Path, args: &SignArgs) -> CommandResult {
    let pair = if args.no_password {
        KeyPair::generate_unencrypted_keypair()
    } else {
        KeyPair::generate_encrypted_keypair(None)
    };
    let pair = pair.map_err(|error| format!("no key was made: {error}"))?;
    let signer = args.signer.as_deref().unwrap_or("a maker without a name");
    let owner = format!("secret key of {}", one_line(signer));
    let secret = pair.sk.to_box(args.signer.is_some().then_some(&owner))?;
    let public = pair.pk.to_box()?.into_string();
    let mut public_file = file.as_os_str().to_owned();
    public_file.push(".pub");
    let public_file = PathBuf::from(public_file);
    // A key that is there is not replaced: what it has signed could never be followed up.
    create(file, secret.into_string().as_bytes(), true)?;
    create(&public_file, public.as_bytes(), false)?;
    let key = PublicKey::parse(&public).ok_or("the key that was made cannot be read")?;
    print_line(&format!(
        "The secret key is in {}: keep it to yourself, and keep a copy.\nThe public key is in {}: {}\nFingerprint: {}",
        file.display(),
        public_file.display(),
        key.as_base64(),
        key.fingerprint()
    ))
}

fn sign(key: &Path, folder: &Path, signer: Option<&str>) -> CommandResult {
    let (secret, owner) = secret_key(key)?;
    let half = minisign::PublicKey::from_secret_key(&secret)?;
    let public = PublicKey::parse(&half.to_base64());
    let public = public.ok_or("the public half of the key cannot be read")?;
    let target = folder.join(SIGNATURE);
    let manifest = fs::read(folder.join(MANIFEST))
        .map_err(|error| format!("{}: {error}", folder.join(MANIFEST).display()))?;
    // Nobody should vouch for a package that is damaged.
    let source = Unsigned(FolderSource::new(folder));
    let package = pollster::block_on(Package::open(&source))?;
    pollster::block_on(package.verify(&NoopHost::new(), &mut |_, _| {}))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let comment = Comment {
        timestamp: now,
        key: public,
        signer: signer.map(str::to_owned).or(owner),
    };
    let signed = minisign::sign(
        Some(&half),
        &secret,
        &*manifest,
        Some(&comment.to_string()),
        Some("signature of a UniMed package; minisign -V checks it"),
    )?;
    let signed = signed.into_string().into_bytes();
    // As every reader will check it.
    SignedManifest::parse(manifest, Some(signed.clone()))?;
    let partial = folder.join(format!("{SIGNATURE}.partial"));
    fs::write(&partial, signed).map_err(|error| format!("{}: {error}", partial.display()))?;
    fs::rename(&partial, &target).map_err(|error| format!("{}: {error}", target.display()))?;
    print_line(&format!(
        "{} is signed by {} ({}), in {}",
        package.manifest().name,
        comment.signer.as_deref().unwrap_or("a key without a name"),
        comment.key.fingerprint(),
        target.display()
    ))
}

/// A package without its signature: the one that is there is replaced, and need not fit.
struct Unsigned(FolderSource);

impl Source for Unsigned {
    fn size<'a>(&'a self, file: &'a str) -> LocalFuture<'a, Result<u64, SourceError>> {
        if file == SIGNATURE {
            let file = file.to_owned();
            return Box::pin(std::future::ready(Err(SourceError::Missing { file })));
        }
        self.0.size(file)
    }

    fn read<'a>(
        &'a self,
        file: &'a str,
        range: Range<u64>,
    ) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
        self.0.read(file, range)
    }
}

/// A secret key, and whose it says that it is. Asks for the password of one that has one.
fn secret_key(file: &Path) -> Result<(SecretKey, Option<String>), CommandError> {
    let refused = |error: &dyn std::fmt::Display| {
        format!(
            "{}: {error}; name the file of a secret key, as `unimed sign --new-key` writes it",
            file.display()
        )
    };
    let text = fs::read_to_string(file).map_err(|error| refused(&error))?;
    let mut lines = text.lines();
    let owner = lines.next().and_then(|line| line.strip_prefix(OWNER));
    let owner = owner.map(str::to_owned);
    let bytes = lines.next().and_then(|line| STANDARD.decode(line).ok());
    let bytes = bytes.unwrap_or_default();
    let boxed = SecretKeyBox::from_string(&text);
    let secret = match (bytes.get(PROTECTION), bytes.get(CHECKSUM)) {
        // minisign itself leaves the checksum out where there is no password that could be wrong.
        (Some([0, 0]), Some(sum)) if sum.iter().all(|&byte| byte == 0) => {
            SecretKey::from_bytes(&bytes)
        }
        (Some([0, 0]), _) => boxed.and_then(SecretKeyBox::into_unencrypted_secret_key),
        // Refuses what is no key before it asks for a password.
        _ => boxed.and_then(|boxed| boxed.into_secret_key(None)),
    };
    Ok((secret.map_err(|error| refused(&error))?, owner))
}

fn one_line(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).collect()
}

/// Writes a new file; a secret one is for its owner's eyes only.
fn create(file: &Path, content: &[u8], secret: bool) -> CommandResult {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    let written = options.open(file).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.map_err(|error| format!("{}: {error}", file.display()).into())
}
