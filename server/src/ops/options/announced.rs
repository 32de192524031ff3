//! The name under which the network is told of the server, from the options `--announce` and `--announce-as`.

use nix::unistd::gethostname;

/// What fits into a name of mDNS.
const NAME_BYTES: usize = 63;

/// A name that was given.
pub(super) fn parse(text: &str) -> Result<String, String> {
    let name = text.trim();
    match name {
        "" => Err("it is empty".to_owned()),
        _ if name.len() > NAME_BYTES => Err(format!(
            "it has {} bytes, {NAME_BYTES} are possible",
            name.len()
        )),
        _ if name.contains(char::is_control) => Err("it has control characters".to_owned()),
        _ => Ok(name.to_owned()),
    }
}

/// The name, if the server is to be announced.
pub(super) fn wanted(is_wanted: bool, name: Option<String>) -> Option<String> {
    name.or_else(|| is_wanted.then(host))
}

/// The name of this computer.
fn host() -> String {
    let name = gethostname().ok().and_then(|name| name.into_string().ok());
    let name = name.and_then(|name| parse(&name).ok());
    name.unwrap_or_else(|| "papo".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_announced() {
        assert_eq!(parse(" Class 7b ").as_deref(), Ok("Class 7b"));
        assert!(parse(" ").is_err());
        assert!(parse("a\tb").is_err());
        assert!(parse(&"é".repeat(31)).is_ok());
        assert!(parse(&"é".repeat(32)).is_err());
        assert_eq!(wanted(false, None), None);
        assert_eq!(wanted(true, None), Some(host()));
        assert_eq!(wanted(false, Some("a".into())).as_deref(), Some("a"));
    }
}
