//! Who signed a model, in sentences: one line of its card, and a warning where it is not as it was before.

use unimed_package::{Comment, KeyTrust, Signature, TrustStatus, day};
use unimed_protocol::{Remedy, Sentence, UserError};

/// Who signed a model.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    /// What the signature says; nothing where there is none.
    pub(crate) comment: Option<Comment>,
    /// How that stands to what this browser has seen before.
    pub(crate) standing: TrustStatus,
}

impl Signed {
    /// From a signature that was checked, and what was seen before.
    pub(crate) fn new(signature: Option<&Signature>, standing: TrustStatus) -> Self {
        Self {
            comment: signature.map(|signature| signature.comment.clone()),
            standing,
        }
    }

    /// One line for the card.
    pub(crate) fn line(&self) -> Sentence {
        let (Some(comment), TrustStatus::Signed { by, .. }) = (&self.comment, &self.standing)
        else {
            return Sentence::new("Not signed: nothing proves who made it.", []);
        };
        let (signer, key) = (called(comment.signer.as_deref()), comment.key.fingerprint());
        match by {
            KeyTrust::Given => Sentence::new(
                "Signed by {} with the key that comes with this page ({}).",
                [signer, key],
            ),
            KeyTrust::FirstSeen => Sentence::new(
                "Signed by {}, with a key that is new to this browser and trusted from now on ({}).",
                [signer, key],
            ),
            KeyTrust::Known(since) => Sentence::new(
                "Signed by {}, with a key that this browser has known since {} ({}).",
                [signer, day(*since), key],
            ),
            KeyTrust::Instead(_) => Sentence::new(
                "Signed by {}, with another key than before ({}).",
                [signer, key],
            ),
        }
    }

    /// What is wrong with it compared with what was seen before.
    pub(crate) fn warning(&self) -> Option<UserError> {
        let (what, advice) = match (&self.standing, &self.comment) {
            (TrustStatus::NoLongerSigned(before), _) => (
                format!(
                    "This model is not signed, and one of its name was signed by {} ({}).",
                    called(before.signer.as_deref()),
                    before.fingerprint()
                ),
                "Fetch it from its maker, or use it only if you know who made it.",
            ),
            (
                TrustStatus::Signed {
                    by: KeyTrust::Instead(before),
                    ..
                },
                _,
            ) => (
                format!(
                    "A model of this name was signed with another key before: by {} ({}).",
                    called(before.signer.as_deref()),
                    before.fingerprint()
                ),
                "Ask its maker whether the key was replaced, and do not use the model until you know.",
            ),
            (
                TrustStatus::Signed {
                    newer: Some(newer), ..
                },
                Some(comment),
            ) => (
                format!(
                    "This is an older version: it was signed on {}, and this browser has seen one that was signed on {}.",
                    day(comment.timestamp),
                    day(*newer)
                ),
                "Fetch the model again from its maker, unless you want the older one.",
            ),
            _ => return None,
        };
        Some(UserError::new(what, advice, Remedy::None))
    }
}

/// What a signer calls itself.
fn called(signer: Option<&str>) -> String {
    signer.unwrap_or("somebody without a name").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use unimed_package::{PublicKey, Trust};

    const OTHER: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    fn signature(key: &PublicKey, timestamp: u64) -> Signature {
        Signature {
            comment: Comment {
                timestamp,
                key: key.clone(),
                signer: Some("Jane".into()),
            },
        }
    }

    /// What is said of packages of one name that come one after the other.
    fn said(packages: &[Option<Signature>]) -> Vec<(Sentence, Option<String>)> {
        let mut trust = Trust::default();
        let given = [unimed_package::shipped_key()];
        packages
            .iter()
            .map(|signature| {
                let standing = trust.judge("M", signature.as_ref(), &given, 86_400);
                let signed = Signed::new(signature.as_ref(), standing);
                (signed.line(), signed.warning().map(|error| error.what))
            })
            .collect()
    }

    #[test]
    fn who_signed_is_said_in_one_line() {
        let (own, other) = (
            unimed_package::shipped_key(),
            PublicKey::parse(OTHER).expect("a key"),
        );
        let lines = said(&[Some(signature(&own, 9))]);
        assert_eq!(lines[0].0.parts, ["Jane".to_owned(), own.fingerprint()]);
        assert!(lines[0].0.words.contains("comes with this page"));
        let lines = said(&[None, Some(signature(&other, 9)), Some(signature(&other, 9))]);
        assert!(lines[0].0.words.starts_with("Not signed"));
        assert!(lines[1].0.words.contains("new to this browser"));
        assert_eq!(lines[2].0.parts[1], "1970-01-02");
        assert!(lines.iter().all(|(_, warning)| warning.is_none()));
    }

    #[test]
    fn what_is_not_as_before_is_warned_of() {
        let (own, other) = (
            unimed_package::shipped_key(),
            PublicKey::parse(OTHER).expect("a key"),
        );
        let lines = said(&[
            Some(signature(&own, 100 * 86_400)),
            Some(signature(&own, 99 * 86_400)),
            None,
            Some(signature(&other, 200 * 86_400)),
        ]);
        let warning = |at: usize| lines[at].1.clone().unwrap_or_default();
        assert_eq!(warning(0), "");
        assert_eq!(
            warning(1),
            "This is an older version: it was signed on 1970-04-10, and this browser has seen one that was signed on \
             1970-04-11."
        );
        assert!(warning(2).contains("is not signed"), "{}", warning(2));
        assert!(warning(3).contains(&own.fingerprint()), "{}", warning(3));
        assert!(lines[3].0.words.contains("another key than before"));
    }

    #[test]
    fn a_signer_without_a_name_is_called_that() {
        assert_eq!(called(None), "somebody without a name");
    }
}
