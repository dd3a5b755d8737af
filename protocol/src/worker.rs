//! What every worker says to its page, whatever its work.

use crate::RequestRecord;
use serde::{Deserialize, Serialize};

/// Text of the message by which a page asks a worker whether it still hears; [`PONG`] answers it.
pub const PING: &str = r#""ping""#;
/// Text of the answer to [`PING`].
pub const PONG: &str = r#""pong""#;

/// Worker to page; `Event` is what this kind of worker has to say of its work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromWorker<Event> {
    /// The worker listens now; what was sent to it before is lost.
    Ready,
    /// The worker cannot be loaded or is about to die; start a fresh one.
    Failed {
        /// Words of the panic, for a bug report; empty where the browser gives none.
        detail: String,
    },
    /// Requests that this worker made.
    Requests(Vec<RequestRecord>),
    /// Something of its work.
    Event(Event),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RequestKind, decode, encode};

    #[test]
    fn messages_of_a_worker_survive_the_way() {
        let messages = [
            FromWorker::Ready,
            FromWorker::Failed {
                detail: "panicked at".into(),
            },
            FromWorker::Requests(vec![RequestRecord {
                at_ms: 1.0,
                url: "http://h/m".into(),
                received_bytes: 9.0,
                initiator: "fetch".into(),
                kind: RequestKind::Model,
            }]),
            FromWorker::Event(vec![1, 2]),
        ];
        for message in messages {
            assert_eq!(
                decode::<FromWorker<Vec<u8>>>(&encode(&message)).expect("same text"),
                message
            );
        }
    }

    #[test]
    fn what_says_nothing_of_the_work_is_the_same_for_every_worker() {
        let text = encode(&FromWorker::<()>::Ready);
        assert_eq!(text, r#""ready""#);
        assert_eq!(
            decode::<FromWorker<String>>(&text).expect("the same words"),
            FromWorker::Ready
        );
    }

    #[test]
    fn ping_and_pong_are_taken_for_nothing_else() {
        for text in [PING, PONG] {
            assert!(decode::<FromWorker<Vec<u8>>>(text).is_err());
            assert!(decode::<crate::ToEngine>(text).is_err());
        }
    }
}
