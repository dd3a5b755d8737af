//! Trust on first use: which key has signed which package before, and how new the newest one was.

use serde::{Deserialize, Serialize};

use super::{PublicKey, Signature};

/// A package of one name, signed with one key, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Name of the package.
    pub name: String,
    /// The key, as [`PublicKey::as_base64`].
    pub key: String,
    /// What its owner is called, by the newest signature.
    pub signer: Option<String>,
    /// When it was seen first, in seconds since 1970.
    pub first_seen: u64,
    /// The latest time at which a package that was seen was signed.
    pub newest: u64,
}

impl Seen {
    /// [`PublicKey::fingerprint`] of the key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        PublicKey::parse(&self.key).map_or_else(String::new, |key| key.fingerprint())
    }

    fn is_by(&self, key: &PublicKey) -> bool {
        PublicKey::parse(&self.key).as_ref() == Some(key)
    }
}

/// What this device remembers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// Every package and key that was seen, in order.
    seen: Vec<Seen>,
}

/// How a key is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyTrust {
    /// It was given, not learned: it comes with the program.
    Given,
    /// It is seen for the first time, and trusted from now on.
    FirstSeen,
    /// It has been known since then, in seconds since 1970.
    Known(u64),
    /// Packages of this name were signed with another key before.
    Instead(Seen),
}

/// How a package stands to what was seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustStatus {
    /// Nobody has signed it, nor another one of its name.
    Unsigned,
    /// Nobody has signed it, but another one of its name was signed.
    NoLongerSigned(Seen),
    /// Somebody has signed it.
    Signed {
        /// How the key is known.
        by: KeyTrust,
        /// When a newer package of this name and key was signed, if one was seen.
        newer: Option<u64>,
    },
}

impl Trust {
    /// How a package stands, by its name and the signature that was checked; remembers it. Keys in `given` are trusted
    /// whatever was seen before.
    pub fn judge(
        &mut self,
        name: &str,
        signature: Option<&Signature>,
        given: &[PublicKey],
        now: u64,
    ) -> TrustStatus {
        // The key that was first stays the one that others are compared with; another one does not push it out.
        let first = self.seen.iter().find(|seen| seen.name == name).cloned();
        let Some(Signature { comment }) = signature else {
            return first.map_or(TrustStatus::Unsigned, TrustStatus::NoLongerSigned);
        };
        let of_key = self.seen.iter().filter(|seen| seen.is_by(&comment.key));
        let since = of_key.map(|seen| seen.first_seen).min();
        let by = match (first, since) {
            _ if given.contains(&comment.key) => KeyTrust::Given,
            (Some(first), _) if !first.is_by(&comment.key) => KeyTrust::Instead(first),
            (_, Some(since)) => KeyTrust::Known(since),
            (_, None) => KeyTrust::FirstSeen,
        };
        let newest = self.remember(name, comment, now);
        TrustStatus::Signed {
            by,
            newer: (newest > comment.timestamp).then_some(newest),
        }
    }

    /// Notes a package; gives the time of the newest one of its name and key.
    fn remember(&mut self, name: &str, comment: &super::Comment, now: u64) -> u64 {
        let known = |seen: &&mut Seen| seen.name == name && seen.is_by(&comment.key);
        match self.seen.iter_mut().find(known) {
            Some(seen) => {
                if comment.timestamp >= seen.newest {
                    seen.newest = comment.timestamp;
                    seen.signer.clone_from(&comment.signer);
                }
                seen.newest
            }
            None => {
                self.seen.push(Seen {
                    name: name.to_owned(),
                    key: comment.key.as_base64().to_owned(),
                    signer: comment.signer.clone(),
                    first_seen: now,
                    newest: comment.timestamp,
                });
                comment.timestamp
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Comment;

    const KEYS: [&str; 2] = [
        "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3",
        "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO4",
    ];

    fn key(which: usize) -> PublicKey {
        PublicKey::parse(KEYS[which]).unwrap()
    }

    fn signed(which: usize, timestamp: u64) -> Signature {
        Signature {
            comment: Comment {
                timestamp,
                key: key(which),
                signer: Some(format!("signer {timestamp}")),
            },
        }
    }

    fn by(standing: TrustStatus) -> KeyTrust {
        match standing {
            TrustStatus::Signed { by, .. } => by,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_key_is_trusted_on_first_use_and_known_afterwards() {
        let mut trust = Trust::default();
        let mut judge = |name, now| by(trust.judge(name, Some(&signed(0, 5)), &[], now));
        assert_eq!(judge("a", 100), KeyTrust::FirstSeen);
        assert_eq!(judge("a", 200), KeyTrust::Known(100));
        assert_eq!(judge("b", 300), KeyTrust::Known(100), "of another package");
    }

    #[test]
    fn another_key_stays_another_one_however_often_it_comes() {
        let mut trust = Trust::default();
        trust.judge("a", Some(&signed(0, 5)), &[], 1);
        for now in [2, 3] {
            let KeyTrust::Instead(first) = by(trust.judge("a", Some(&signed(1, 9)), &[], now))
            else {
                panic!("the key is another one");
            };
            assert_eq!((&*first.key, first.first_seen), (KEYS[0], 1));
        }
        // The first one is as it was, and one that is given wins over all that was seen.
        let again = trust.judge("a", Some(&signed(0, 5)), &[], 4);
        assert_eq!(by(again), KeyTrust::Known(1));
        let given = trust.judge("a", Some(&signed(1, 9)), &[key(1)], 5);
        assert_eq!(by(given), KeyTrust::Given);
    }

    #[test]
    fn an_older_package_is_told_by_name_and_key() {
        let mut trust = Trust::default();
        let mut newer =
            |name, which, time| match trust.judge(name, Some(&signed(which, time)), &[key(0)], 0) {
                TrustStatus::Signed { newer, .. } => newer,
                other => panic!("{other:?}"),
            };
        assert_eq!(newer("a", 0, 50), None);
        assert_eq!(newer("a", 0, 50), None, "the same again");
        assert_eq!(newer("a", 0, 49), Some(50));
        assert_eq!(newer("b", 0, 49), None, "another package");
        assert_eq!(newer("a", 1, 49), None, "another key");
        assert_eq!(newer("a", 0, 60), None);
        assert_eq!(newer("a", 0, 50), Some(60));
    }

    #[test]
    fn a_signature_that_is_gone_is_noticed() {
        let mut trust = Trust::default();
        assert_eq!(trust.judge("a", None, &[], 0), TrustStatus::Unsigned);
        trust.judge("a", Some(&signed(0, 5)), &[], 7);
        let TrustStatus::NoLongerSigned(before) = trust.judge("a", None, &[], 8) else {
            panic!("it was signed");
        };
        assert_eq!(
            (before.signer.as_deref(), before.first_seen),
            (Some("signer 5"), 7)
        );
        assert_eq!(before.fingerprint(), key(0).fingerprint());
        assert_eq!(trust.judge("b", None, &[], 9), TrustStatus::Unsigned);
    }

    #[test]
    fn what_is_remembered_survives_as_text() {
        let mut trust = Trust::default();
        trust.judge("a", Some(&signed(0, 5)), &[], 7);
        let text = serde_json::to_string(&trust).unwrap();
        assert_eq!(serde_json::from_str::<Trust>(&text).unwrap(), trust);
    }
}
