//! What a scene shows, in the few attributes that all modalities share. Text is made from this and
//! from nothing else, so it can only name what the scene holds.

/// The side of the patient (never of the picture).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
    Both,
}

impl Side {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Both => "both",
        }
    }
}

/// A kind of finding: its names and the words around them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Label for facts and for the judge, for example `effusion`.
    pub(crate) key: &'static str,
    /// Keys of the facts: presence, side, size, place, count, severity,
    /// amount.
    pub(crate) fact_keys: [&'static str; 7],
    /// Forms of the questions in the same order, then the amount and the
    /// yes/no question of the side.
    pub(crate) forms: [&'static str; 8],
    /// One of it, without article, for example `pleural effusion`.
    pub(crate) name: &'static str,
    /// Several of it.
    pub(crate) plural: &'static str,
    /// `a`, `an`, or nothing for a mass noun.
    pub(crate) article: &'static str,
    /// True when the name itself is plural (`drusen`).
    pub(crate) is_plural: bool,
    /// Where in the sentence the side goes: before the name (`left pleural effusion`), or in this
    /// organ (`in the left lung`).
    pub(crate) organ: Option<&'static str>,
    /// The normal statement for reports where it is absent.
    pub(crate) negative: &'static str,
    /// Other ways to ask whether it is there.
    pub(crate) ask: &'static [&'static str],
}

impl Kind {
    /// One of it, with its article: `a pleural effusion`, `drusen`.
    pub(crate) fn named(&self) -> String {
        if self.article.is_empty() {
            self.name.to_owned()
        } else {
            format!("{} {}", self.article, self.name)
        }
    }
}

/// One finding of a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) kind: &'static Kind,
    pub(crate) side: Option<Side>,
    pub(crate) size: Option<&'static str>,
    pub(crate) place: Option<&'static str>,
    pub(crate) count: Option<usize>,
    pub(crate) severity: Option<&'static str>,
    /// `few` or `many` where nobody would count.
    pub(crate) amount: Option<&'static str>,
}

/// Names of the three sizes, in rising order.
pub(crate) const SIZES: [&str; 3] = ["small", "moderate", "large"];

/// Names of the three severities, in rising order.
pub(crate) const SEVERITIES: [&str; 3] = ["mild", "moderate", "severe"];

/// Numbers as words, up to six.
pub(crate) const NUMBERS: [&str; 7] = ["no", "one", "two", "three", "four", "five", "six"];

impl Finding {
    pub(crate) const fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            side: None,
            size: None,
            place: None,
            count: None,
            severity: None,
            amount: None,
        }
    }

    /// The finding as a noun phrase: `a large left pleural effusion`, `two nodules in the right
    /// lung`, `consolidation in the left upper zone`.
    pub(crate) fn phrase(&self) -> String {
        let kind = self.kind;
        let many = self.is_many();
        let mut words: Vec<&str> = Vec::new();
        match self.count {
            Some(n) if n > 1 => words.push(NUMBERS[n]),
            _ if many || kind.is_plural || kind.article.is_empty() => {}
            _ => {
                let next = self.severity.or(self.size).unwrap_or("");
                words.push(if next.is_empty() { kind.article } else { "a" });
            }
        }
        words.extend(self.amount.map(|a| if a == "few" { "a few" } else { a }));
        words.extend(self.severity);
        words.extend(self.size);
        let name = if many { kind.plural } else { kind.name };
        let mut tail = String::new();
        match (self.side, kind.organ, self.place) {
            (Some(Side::Both), _, _) => tail.push_str(" on both sides"),
            (Some(side), None, _) => words.push(side.word()),
            (Some(side), Some(organ), None) => {
                tail = format!(" in the {} {organ}", side.word());
            }
            (Some(side), Some(_), Some(place)) => tail = format!(" in the {} {place}", side.word()),
            (None, _, Some(place)) => tail = format!(" {place}"),
            (None, _, None) => {}
        }
        words.push(name);
        words.join(" ") + &tail
    }

    /// True when several are meant although the name is singular.
    fn is_many(&self) -> bool {
        self.count.is_some_and(|n| n > 1) || self.side == Some(Side::Both)
    }

    /// `is` or `are`.
    pub(crate) fn verb(&self) -> &'static str {
        let one_mass_noun = self.kind.plural == self.kind.name && !self.kind.is_plural;
        if !one_mass_noun && (self.is_many() || self.kind.is_plural) {
            "are"
        } else {
            "is"
        }
    }

    /// The name in the right number, without attributes: `pleural effusions`.
    pub(crate) fn bare(&self) -> &'static str {
        if self.is_many() {
            self.kind.plural
        } else {
            self.kind.name
        }
    }

    /// The bare name as an answer: `pleural effusion`, `nodules`.
    pub(crate) fn label(&self) -> &'static str {
        self.kind.name
    }
}

/// Declares a [`Kind`] with fact keys and forms spelled from one prefix.
macro_rules! kind {
    ($modality:literal, $key:literal, $name:literal, $plural:literal, $article:literal,
     $is_plural:literal, $organ:expr, $negative:literal, $ask:expr) => {
        $crate::finding::Kind {
            key: $key,
            fact_keys: [
                concat!($key, ".present"),
                concat!($key, ".side"),
                concat!($key, ".size"),
                concat!($key, ".place"),
                concat!($key, ".count"),
                concat!($key, ".severity"),
                concat!($key, ".amount"),
            ],
            forms: [
                concat!($modality, ".presence.", $key),
                concat!($modality, ".side.", $key),
                concat!($modality, ".size.", $key),
                concat!($modality, ".location.", $key),
                concat!($modality, ".count.", $key),
                concat!($modality, ".severity.", $key),
                concat!($modality, ".amount.", $key),
                concat!($modality, ".is-left.", $key),
            ],
            name: $name,
            plural: $plural,
            article: $article,
            is_plural: $is_plural,
            organ: $organ,
            negative: $negative,
            ask: $ask,
        }
    };
}
pub(crate) use kind;
