//! What the page's address may choose, after the question mark.

use unimed_protocol::{DeviceChoice, KernelChoice};

/// The value of a name in the page's address, after the question mark.
fn from_query<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The `kernels` of the page's address (`?kernels=barrier-free`, `?kernels=shared-memory`), for comparing them.
pub(crate) fn kernels_from_query(query: &str) -> KernelChoice {
    match from_query(query, "kernels") {
        Some("barrier-free") => KernelChoice::BarrierFree,
        Some("shared-memory") => KernelChoice::SharedMemory,
        _ => KernelChoice::Measured,
    }
}

/// The `device` of the page's address (`?device=gpu`, `?device=cpu`, `?device=auto`).
pub(crate) fn device_from_query(query: &str) -> Option<DeviceChoice> {
    match from_query(query, "device")? {
        "cpu" => Some(DeviceChoice::Cpu),
        "gpu" => Some(DeviceChoice::Gpu),
        "auto" => Some(DeviceChoice::Auto),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_may_choose_the_device() {
        assert_eq!(device_from_query("?device=gpu"), Some(DeviceChoice::Gpu));
        assert_eq!(
            device_from_query("?x=1&device=cpu"),
            Some(DeviceChoice::Cpu)
        );
        assert_eq!(device_from_query("?device=toaster"), None);
        assert_eq!(device_from_query(""), None);
        assert_eq!(
            kernels_from_query("?device=gpu&kernels=barrier-free"),
            KernelChoice::BarrierFree
        );
        assert_eq!(kernels_from_query("?kernels=x"), KernelChoice::Measured);
    }
}
