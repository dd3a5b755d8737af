//! What a server's answer means, and how long to wait before asking again.

/// Longest wait between two attempts, in ms.
const LONGEST_MS: f64 = 30_000.0;
/// Wait after the first failure, in ms; it doubles with every further one.
const FIRST_MS: f64 = 500.0;
/// Attempts at one request.
const ATTEMPTS: u32 = 7;

/// The parts of an answer that decide what is done with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Status of HTTP.
    pub(crate) status: u16,
    /// Whether it is a page, which some servers send for every unknown address.
    pub(crate) is_page: bool,
    /// The header `Content-Range`.
    pub(crate) content_range: Option<String>,
}

/// What is to be done with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The body is the range that was asked for.
    Range,
    /// The body is the whole file: the server knows no ranges, or the file changed since the last request.
    Whole,
    /// There is no such file.
    Missing,
    /// The file is shorter than the range; so many bytes when the server says it.
    TooShort(Option<u64>),
    /// A failure that may pass.
    Again,
    /// A refusal that stays.
    Refused,
}

/// Judges the answer to a request for the bytes from `start` on.
pub(crate) fn judge(answer: &Answer, start: u64) -> Verdict {
    match answer.status {
        200..=299 if answer.is_page => Verdict::Missing,
        206 => match &answer.content_range {
            // The header is hidden from the page on other hosts, unless they say otherwise.
            None => Verdict::Range,
            Some(range) if range_start(range) == Some(start) => Verdict::Range,
            Some(_) => Verdict::Refused,
        },
        200..=299 => Verdict::Whole,
        404 | 410 => Verdict::Missing,
        416 => Verdict::TooShort(
            answer
                .content_range
                .as_deref()
                .and_then(|range| range.rsplit_once('/')?.1.parse().ok()),
        ),
        408 | 425 | 429 | 500 | 502 | 503 | 504 => Verdict::Again,
        _ => Verdict::Refused,
    }
}

/// First byte in `bytes 0-99/1000`.
fn range_start(range: &str) -> Option<u64> {
    range
        .strip_prefix("bytes ")?
        .split_once('-')?
        .0
        .parse()
        .ok()
}

/// Wait before the next attempt in ms, after so many failed ones; `None` to give up. A server may ask for a longer one,
/// in seconds.
pub(crate) fn wait_ms(failed: u32, asked_s: Option<f64>) -> Option<f64> {
    (failed < ATTEMPTS).then(|| {
        let own = FIRST_MS * 2_f64.powi(failed.saturating_sub(1).cast_signed());
        own.max(asked_s.unwrap_or(0.0) * 1000.0).min(LONGEST_MS)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16, content_range: Option<&str>) -> Verdict {
        let answer = Answer {
            status,
            is_page: false,
            content_range: content_range.map(str::to_owned),
        };
        judge(&answer, 100)
    }

    #[test]
    fn only_the_range_that_was_asked_for_is_taken() {
        assert_eq!(verdict(206, Some("bytes 100-199/1000")), Verdict::Range);
        assert_eq!(verdict(206, None), Verdict::Range);
        assert_eq!(verdict(206, Some("bytes 0-99/1000")), Verdict::Refused);
        assert_eq!(verdict(206, Some("pages 100-")), Verdict::Refused);
    }

    #[test]
    fn a_server_without_ranges_sends_the_whole_file() {
        assert_eq!(verdict(200, None), Verdict::Whole);
    }

    #[test]
    fn a_page_in_place_of_a_file_means_that_it_is_missing() {
        for status in [200, 206] {
            let answer = Answer {
                status,
                is_page: true,
                content_range: None,
            };
            assert_eq!(judge(&answer, 0), Verdict::Missing);
        }
        assert_eq!(verdict(404, None), Verdict::Missing);
    }

    #[test]
    fn failures_that_may_pass_are_tried_again_and_refusals_are_not() {
        for status in [408, 429, 500, 503] {
            assert_eq!(verdict(status, None), Verdict::Again, "{status}");
        }
        for status in [301, 400, 401, 403, 501] {
            assert_eq!(verdict(status, None), Verdict::Refused, "{status}");
        }
        assert_eq!(
            verdict(416, Some("bytes */50")),
            Verdict::TooShort(Some(50))
        );
        assert_eq!(verdict(416, None), Verdict::TooShort(None));
    }

    #[test]
    fn waits_double_up_to_a_limit_and_end() {
        let waits: Vec<_> = (1..=6).filter_map(|failed| wait_ms(failed, None)).collect();
        assert_eq!(waits, [500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0]);
        assert_eq!(wait_ms(ATTEMPTS, None), None);
        assert_eq!(wait_ms(1, Some(3.0)), Some(3000.0));
        assert_eq!(wait_ms(1, Some(1e9)), Some(LONGEST_MS));
    }
}
