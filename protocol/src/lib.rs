//! Messages between the page and its workers.
