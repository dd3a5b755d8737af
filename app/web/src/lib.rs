//! What the page and its workers share of a browser.
//!
//! * [`browser`]: a few functions of the browser, bound by hand, and plain JavaScript objects.
//! * [`message`]: messages of `unimed-protocol` as JavaScript values, with buffers beside them.
//! * [`worker_handle`]: the page's end of a worker. [`worker`]: the worker's own end.
//! * [`requests`]: each program counts its own network requests.
//! * [`adapter`]: what WebGPU offers here. [`amounts`]: numbers of bytes in words.

pub mod adapter;
pub mod amounts;
pub mod browser;
pub mod message;
pub mod requests;
pub mod worker;
pub mod worker_handle;
