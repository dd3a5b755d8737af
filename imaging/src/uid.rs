//! Unique identifiers that this program makes, and its own.

/// This program as a writer of files (PS3.7, D.3.3.2); a UUID that was drawn once.
pub(crate) const IMPLEMENTATION: &str = "2.25.96274927417948907895506160803879066351";
/// Its name there (PS3.10, 7.1: Implementation Version Name).
pub(crate) const IMPLEMENTATION_VERSION: &str = "UNIMED";

/// A unique identifier from random bits: a UUID of version 4 as a number under 2.25 (PS3.5, B.2).
pub(crate) fn of_uuid(mut random: [u8; 16]) -> String {
    random[6] = random[6] & 0x0f | 0x40;
    random[8] = random[8] & 0x3f | 0x80;
    let mut digits = Vec::new();
    // Division by hand: that of 128-bit numbers weighs more in wasm.
    while random != [0; 16] {
        let mut rest = 0;
        for byte in &mut random {
            let number = rest << 8 | u32::from(*byte);
            // Below ten times 256, so the quotient is a byte.
            *byte = (number / 10) as u8;
            rest = number % 10;
        }
        digits.push(char::from(b'0' + rest as u8));
    }
    let digits: String = digits.into_iter().rev().collect();
    format!("2.25.{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_numbers_of_random_uuids() {
        assert_eq!(of_uuid([0; 16]), "2.25.302240678275694148452352");
        assert_eq!(
            of_uuid([255; 16]),
            "2.25.340282366920937632322261936355783213055"
        );
        assert!(of_uuid([255; 16]).len() <= 64 && IMPLEMENTATION.len() <= 64);
    }
}
