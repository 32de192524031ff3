//! The proxies that are believed, as the operator names them.

use crate::hub::Net;

/// Addresses and ranges of them, with commas between.
pub(super) fn parse(text: &str) -> Result<Vec<Net>, String> {
    let net = |word: &str| {
        let wrong =
            || format!("'{word}' is neither an address like 10.0.0.1 nor a range like 10.0.0.0/8");
        Net::parse(word.trim()).ok_or_else(wrong)
    };
    text.split(',').map(net).collect()
}
