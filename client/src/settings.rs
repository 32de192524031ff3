//! What stands in `config.toml`, so that it need not be typed each time. The command line goes before it.
//!
//! Invariant: only a file that cannot be read or is no TOML stops papo, and a short name that stands for no server, as
//! it must not be taken for a host; what else it does not know there it tells in one line, and leaves it out. What is wrong
//! is told with its line and with what would be right.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::options::{address, can_be_sent_as_name};
use crate::reading::Notify;
use crate::state;
use crate::terminal::bindings::Bindings;
use crate::words::{Language, SettingsFault};

/// See the top of this file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) name: Option<String>,
    pub(crate) lang: Option<Language>,
    pub(crate) colours: Option<bool>,
    pub(crate) times: Option<bool>,
    pub(crate) full: bool,
    pub(crate) plain: bool,
    pub(crate) highlight: Vec<String>,
    pub(crate) notify: Option<Notify>,
    pub(crate) keys: Bindings,
    /// What in the file is not known, each in one line for the user.
    pub(crate) warnings: Vec<String>,
    /// Short names of servers, with what one would type for them.
    pub(crate) servers: BTreeMap<String, String>,
}

/// Each setting as it is written.
const SAMPLES: [&str; 11] = [
    r#"name = "ana""#,
    r#"lang = "en" | "pt""#,
    "colours = true | false",
    "colors = true | false",
    "times = true | false",
    "full = true | false",
    "plain = true | false",
    r#"notify = "off" | "bell" | "desktop""#,
    r#"highlight = ["deploy"]"#,
    r#"servers = { work = "chat.lan" }"#,
    r#"keys = { "^T" = "^R" }"#,
];

impl Settings {
    /// Those of the file, if there is one. An error is one line for the user.
    pub(crate) fn load(language: Language) -> Result<Settings, String> {
        let Ok(path) = state::settings() else {
            return Ok(Settings::default());
        };
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Settings::default()),
            read => read,
        };
        let file = path.display().to_string();
        let told = |language, fault: SettingsFault| fault.sentence(&file, language);
        let text = text.map_err(|error| told(language, SettingsFault::Unreadable(&error)))?;
        let settings = Settings::parse(&text, |fault| told(language, fault))?;
        // What is wrong in it is told in its own language.
        match settings.lang {
            Some(own) if own != language => Settings::parse(&text, |fault| told(own, fault)),
            _ => Ok(settings),
        }
    }

    /// The settings of a text, or why there are none.
    fn parse(text: &str, told: impl Fn(SettingsFault) -> String) -> Result<Settings, String> {
        let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let why = error.message().replace('\n', " ");
            told(SettingsFault::NoToml(line(at), &why))
        })?;
        // What is wrong with a setting, or within it.
        let wrong = |setting: &str, key: &Spanned<DeString>| {
            let (line, key) = (line(key.span().start), key.get_ref());
            let names = SAMPLES.map(|sample| sample.split(' ').next().unwrap_or_default());
            let fault = match names.iter().position(|name| *name == setting) {
                Some(at) => told(SettingsFault::Wrong(line, key, SAMPLES[at])),
                None => told(SettingsFault::Unknown(line, key, &names.join(", "))),
            };
            (line, fault)
        };
        let (mut settings, mut faults) = (Settings::default(), Vec::new());
        for (key, value) in table.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref().as_table()) {
                ("servers", None) => return Err(wrong("servers", key).1),
                ("servers", Some(servers)) => {
                    for (short, server) in servers {
                        let server = server.get_ref().as_str();
                        let server = server.filter(|server| address(server).is_ok());
                        let server = server.ok_or_else(|| wrong("servers", short).1)?;
                        let short = short.get_ref().to_string();
                        settings.servers.insert(short, server.to_owned());
                    }
                }
                ("keys", Some(keys)) => {
                    for (bound, other) in keys {
                        let other = other.get_ref().as_str();
                        let bind = |other| settings.keys.bind(bound.get_ref(), other);
                        if other.and_then(bind).is_none() {
                            faults.push(wrong("keys", bound));
                        }
                    }
                }
                (name, _) if settings.take(name, value.get_ref()).is_none() => {
                    faults.push(wrong(name, key));
                }
                _ => {}
            }
        }
        faults.sort();
        settings.warnings = faults.into_iter().map(|fault| fault.1).collect();
        Ok(settings)
    }

    /// `None` if there is no such setting, or it cannot have that value.
    fn take(&mut self, key: &str, value: &DeValue) -> Option<()> {
        let is_name = |name: &&str| can_be_sent_as_name(name);
        match key {
            "name" => self.name = Some(value.as_str().filter(is_name)?.to_owned()),
            "lang" => self.lang = Some(Language::from_code(value.as_str()?)?),
            "colours" | "colors" => self.colours = Some(value.as_bool()?),
            "times" => self.times = Some(value.as_bool()?),
            "full" => self.full = value.as_bool()?,
            "plain" => self.plain = value.as_bool()?,
            "notify" => self.notify = Some(Notify::parse(value.as_str()?)?),
            "highlight" => {
                let words = value.as_array()?.iter();
                let words = words.map(|word| Some(word.get_ref().as_str()?.to_owned()));
                self.highlight = words.collect::<Option<_>>()?;
            }
            _ => return None,
        }
        Some(())
    }

    /// The server that one means by what one has typed.
    pub(crate) fn server<'a>(&'a self, typed: &'a str) -> &'a str {
        self.servers.get(typed).map_or(typed, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Settings {
        pub(crate) fn read(text: &str) -> Settings {
            parse(text).expect("TOML")
        }
    }

    fn parse(text: &str) -> Result<Settings, String> {
        Settings::parse(text, |fault| fault.sentence("file", Language::En))
    }

    #[test]
    fn each_setting_and_what_is_none() {
        let text = "name = \"ana\"\nlang = \"pt\"\ncolors = false\ntimes = false\nfull = true\nnotify = \"bell\"\n\
            highlight = [\"deploy\"]\nfont = \"mono\"\n[servers]\nwork = \"tls://chat.lan:7000\"\n\
            [keys]\n\"^T\" = \"^R\"\nF1 = \"^R\"\n\"^O\" = 1\n";
        let mut settings = parse(text).expect("TOML");
        let mut keys = Bindings::default();
        keys.bind("^T", "^R");
        let right = r#"keys = { "^T" = "^R" }"#;
        assert_eq!(
            std::mem::take(&mut settings.warnings),
            [
                "file, line 8: font is no setting; there are name, lang, colours, colors, times, full, plain, notify, \
                 highlight, servers, keys"
                    .to_owned(),
                format!("file, line 13: F1 cannot be that; write {right}"),
                format!("file, line 14: ^O cannot be that; write {right}"),
            ]
        );
        let expected = Settings {
            name: Some("ana".to_owned()),
            lang: Some(Language::Pt),
            colours: Some(false),
            times: Some(false),
            full: true,
            plain: false,
            warnings: Vec::new(),
            highlight: vec!["deploy".to_owned()],
            notify: Some(Notify::Bell),
            keys,
            servers: BTreeMap::from([("work".to_owned(), "tls://chat.lan:7000".to_owned())]),
        };
        assert_eq!(settings, expected);
        assert_eq!(settings.server("work"), "tls://chat.lan:7000");
        assert_eq!(settings.server("other"), "other");
        for wrong in [
            "name = \"/quit\"",
            "name = 1",
            "lang = \"de\"",
            "colours = \"on\"",
            "notify = \"loud\"",
            "highlight = \"x\"",
        ] {
            let mut settings = parse(wrong).expect("TOML");
            let told = std::mem::take(&mut settings.warnings);
            assert_eq!(settings, Settings::default(), "{wrong}");
            let name = wrong.split(' ').next().expect("a name");
            let begin = format!("file, line 1: {name} cannot be that; write {name} = ");
            assert!(told.len() == 1 && told[0].starts_with(&begin), "{told:?}");
        }
        for wrong in [
            "name = \"ana\"\nlang = pt\n",
            "name = \"ana\"\nservers = [1]",
            "[servers]\nhome = 3\nwork = \"tls://chat.lan\"",
            "[servers]\nhome = \"\"",
            "[servers]\nhome = \"tls://:7000\"",
        ] {
            let error = parse(wrong).expect_err(wrong);
            assert!(error.starts_with("file, line 2: "), "{error}");
        }
    }
}
