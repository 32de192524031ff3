//! Who a request says it comes from, as `curl -u` sends it (RFC 7617).
//!
//! It checks no password.

use std::fmt;

use super::Request;
use crate::web::encoding;

/// What a request says about who sends it; `{:?}` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    None,
    /// A name and a password, which may both be empty.
    Basic(String, String),
    /// Something that is not written as RFC 7617 says.
    Unknown,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credentials::None => f.write_str("None"),
            Credentials::Basic(name, _) => write!(f, "Basic({name:?}, hidden)"),
            Credentials::Unknown => f.write_str("Unknown"),
        }
    }
}

impl Request {
    /// Who it says it comes from.
    pub fn credentials(&self) -> Credentials {
        match self.header("authorization") {
            None => Credentials::None,
            Some(value) => basic(value).unwrap_or(Credentials::Unknown),
        }
    }
}

fn basic(value: &str) -> Option<Credentials> {
    let (scheme, encoded) = value.split_once(' ')?;
    let decoded = String::from_utf8(encoding::decode(encoded.trim())?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    is_basic.then(|| Credentials::Basic(name.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::http::Requests;

    #[test]
    fn a_name_and_a_password_are_read_from_the_head() {
        let basic =
            |name: &str, password: &str| Credentials::Basic(name.to_owned(), password.to_owned());
        for (header, expected) in [
            ("", Credentials::None),
            // That of the RFC, and one whose password has a colon and an accent.
            (
                "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
                basic("Aladdin", "open sesame"),
            ),
            ("bAsIc  YW5hOsOhOjE=", basic("ana", "\u{e1}:1")),
            ("Basic Og==", basic("", "")),
            ("Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", Credentials::Unknown),
            ("Basic", Credentials::Unknown),
            ("Basic !", Credentials::Unknown),
            ("Basic YW5h", Credentials::Unknown),
            ("Basic /zo=", Credentials::Unknown),
        ] {
            let mut requests = Requests::default();
            let header = match header {
                "" => String::new(),
                header => format!("Authorization: {header}\r\n"),
            };
            requests.push(format!("GET / HTTP/1.1\r\nHost: a\r\n{header}\r\n").as_bytes());
            let request = requests.next().unwrap().unwrap();
            assert_eq!(request.credentials(), expected, "{header}");
        }
        assert_eq!(
            format!("{:?}", basic("ana", "secret")),
            "Basic(\"ana\", hidden)"
        );
    }
}
