//! How long, and how much of what was said is kept. A value, and how it is typed.

use std::fmt;
use std::time::Duration;

const DAY: u64 = 24 * 60 * 60;
const MIB: u64 = 1 << 20;

/// Lines beyond either limit are deleted, the oldest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keep {
    /// How old they may be.
    pub age: Option<Duration>,
    /// Bytes that all may take on the disk.
    pub bytes: Option<u64>,
}

impl Default for Keep {
    fn default() -> Keep {
        Keep {
            age: Some(Duration::from_secs(30 * DAY)),
            bytes: None,
        }
    }
}

impl Keep {
    /// `30d`, `12h`, `100M`, `2G`, an age and a size with a comma between, or `off`, which is none.
    ///
    /// # Errors
    /// What can be typed.
    pub fn parse(text: &str) -> Result<Option<Keep>, String> {
        let fault = || {
            format!("'{text}' is none of 30d (days), 12h (hours), 100M, 2G, 30d,100M (both), off")
        };
        if text == "off" {
            return Ok(None);
        }
        let mut keep = Keep {
            age: None,
            bytes: None,
        };
        for part in text.split(',') {
            let unit = part.chars().last().ok_or_else(fault)?;
            let number = part.strip_suffix(unit).and_then(|n| n.parse::<u64>().ok());
            let number = number.filter(|n| *n > 0).ok_or_else(fault)?;
            let scaled = |by: u64| {
                number
                    .checked_mul(by)
                    .filter(|n| *n < i64::MAX as u64 / 1000)
            };
            let (age, bytes) = match unit {
                'd' => (scaled(DAY), None),
                'h' => (scaled(60 * 60), None),
                'M' => (None, scaled(MIB)),
                'G' => (None, scaled(1024 * MIB)),
                _ => return Err(fault()),
            };
            let is_again =
                (age.is_some() && keep.age.is_some()) || (bytes.is_some() && keep.bytes.is_some());
            if is_again || (age.is_none() && bytes.is_none()) {
                return Err(fault());
            }
            keep.age = keep.age.or(age.map(Duration::from_secs));
            keep.bytes = keep.bytes.or(bytes);
        }
        Ok(Some(keep))
    }
}

/// As it is typed.
impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.age.map(|age| age.as_secs() / (60 * 60));
        match hours {
            Some(hours) if hours % 24 == 0 => write!(f, "{}d", hours / 24)?,
            Some(hours) => write!(f, "{hours}h")?,
            None => {}
        }
        if self.age.is_some() && self.bytes.is_some() {
            write!(f, ",")?;
        }
        match self.bytes.map(|bytes| bytes / MIB) {
            Some(mib) if mib % 1024 == 0 => write!(f, "{}G", mib / 1024),
            Some(mib) => write!(f, "{mib}M"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_shown_again_and_nonsense_is_refused() {
        for text in ["30d", "12h", "100M", "2G", "7d,100M"] {
            let keep = Keep::parse(text).expect(text).expect("it is not off");
            assert_eq!(keep.to_string(), text);
        }
        assert_eq!(Keep::parse("30d"), Ok(Some(Keep::default())));
        assert_eq!(Keep::parse("off"), Ok(None));
        assert_eq!(
            Keep::parse("100M,48h").map(|keep| keep.map(|keep| keep.to_string())),
            Ok(Some("2d,100M".to_owned()))
        );
        for text in [
            "",
            "30",
            "d",
            "0d",
            "-1d",
            "30d,",
            "30d,7d",
            "1M,2M",
            "off,1d",
            "30é",
            "1.5d",
            "30 d",
            "99999999999999999999d",
            "9999999999999999G",
        ] {
            assert!(Keep::parse(text).is_err(), "{text}");
        }
    }
}
