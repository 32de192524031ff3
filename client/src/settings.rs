//! What stands in `config.toml`, so that it need not be typed each time. The command line goes before it.
//!
//! Invariant: only a file that cannot be read or is no TOML stops papo, and a short name that stands for no server, as
//! it must not be taken for a host; what else it does not know there it tells in one line, and leaves it out.

use std::io::ErrorKind;
use std::{fs, iter};

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::options::can_be_sent_as_name;
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
    pub(crate) full: Option<bool>,
    pub(crate) plain: Option<bool>,
    pub(crate) highlight: Vec<String>,
    pub(crate) notify: Option<Notify>,
    pub(crate) keys: Bindings,
    /// What in the file is not known, each in one line for the user.
    pub(crate) warnings: Vec<String>,
    /// Short names of servers, with what one would type for them.
    servers: Vec<(String, String)>,
}

/// A line of the file, and what is there.
type InLine = (usize, String);

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
        let told = |fault: SettingsFault| fault.sentence(&file, language);
        let text = text.map_err(|error| told(SettingsFault::Unreadable(&error)))?;
        let (mut settings, mut unknown) = Settings::parse(&text, told)?;
        unknown.sort();
        let warning = |(line, key): &InLine| told(SettingsFault::Unknown(*line, key));
        settings.warnings = unknown.iter().map(warning).collect();
        Ok(settings)
    }

    /// The settings, and what is not known with its line; or why there are none.
    fn parse(
        text: &str,
        told: impl Fn(SettingsFault) -> String,
    ) -> Result<(Settings, Vec<InLine>), String> {
        let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let why = error.message().replace('\n', " ");
            told(SettingsFault::NoToml(line(at), &why))
        })?;
        let no_server = |key: &Spanned<DeString>| {
            let at = line(key.span().start);
            told(SettingsFault::NoServer(at, key.get_ref()))
        };
        let (mut settings, mut unknown) = (Settings::default(), Vec::new());
        for (key, value) in table.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref().as_table()) {
                ("servers", None) => return Err(no_server(key)),
                ("servers", Some(servers)) => {
                    for (short, server) in servers {
                        let server = server.get_ref().as_str();
                        let server = server.ok_or_else(|| no_server(short))?.to_owned();
                        settings.servers.push((short.get_ref().to_string(), server));
                    }
                }
                ("keys", Some(keys)) => {
                    for (bound, other) in keys {
                        let other = other.get_ref().as_str();
                        let bind = |other| settings.keys.bind(bound.get_ref(), other);
                        if other.and_then(bind).is_none() {
                            unknown.push(bound);
                        }
                    }
                }
                (name, _) if settings.take(name, value.get_ref()).is_none() => unknown.push(key),
                _ => {}
            }
        }
        let in_line = |key: &Spanned<DeString>| (line(key.span().start), key.get_ref().to_string());
        Ok((settings, unknown.into_iter().map(in_line).collect()))
    }

    /// `None` if there is no such setting, or it cannot have that value.
    fn take(&mut self, key: &str, value: &DeValue) -> Option<()> {
        let is_name = |name: &&str| can_be_sent_as_name(name);
        match key {
            "name" => self.name = Some(value.as_str().filter(is_name)?.to_owned()),
            "lang" => self.lang = Some(Language::from_code(value.as_str()?)?),
            "colours" | "colors" => self.colours = Some(value.as_bool()?),
            "times" => self.times = Some(value.as_bool()?),
            "full" => self.full = Some(value.as_bool()?),
            "plain" => self.plain = Some(value.as_bool()?),
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
        let known = self.servers.iter().find(|(short, _)| short == typed);
        known.map_or(typed, |(_, server)| server)
    }

    /// The words of the command line and those of the file.
    pub(crate) fn highlight(&self, typed: Vec<String>) -> Vec<String> {
        iter::chain(typed, self.highlight.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Settings {
        pub(crate) fn read(text: &str) -> Settings {
            Settings::parse(text, |fault| fault.sentence("file", Language::En))
                .expect("TOML")
                .0
        }
    }

    fn parse(text: &str) -> Result<(Settings, Vec<InLine>), String> {
        Settings::parse(text, |fault| fault.sentence("file", Language::En))
    }

    #[test]
    fn each_setting_and_what_is_none() {
        let text = "name = \"ana\"\nlang = \"pt\"\ncolors = false\ntimes = false\nfull = true\nnotify = \"bell\"\n\
            highlight = [\"deploy\"]\nfont = \"mono\"\n[servers]\nwork = \"tls://chat.lan:7000\"\n\
            [keys]\n\"^T\" = \"^R\"\nF1 = \"^R\"\n\"^O\" = 1\n";
        let (settings, unknown) = parse(text).expect("TOML");
        let mut keys = Bindings::default();
        keys.bind("^T", "^R");
        assert_eq!(
            unknown,
            [(8, "font"), (13, "F1"), (14, "^O")].map(|(line, key)| (line, key.to_owned()))
        );
        let expected = Settings {
            name: Some("ana".to_owned()),
            lang: Some(Language::Pt),
            colours: Some(false),
            times: Some(false),
            full: Some(true),
            plain: None,
            warnings: Vec::new(),
            highlight: vec!["deploy".to_owned()],
            notify: Some(Notify::Bell),
            keys,
            servers: vec![("work".to_owned(), "tls://chat.lan:7000".to_owned())],
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
            let (settings, unknown) = parse(wrong).expect("TOML");
            assert_eq!(settings, Settings::default(), "{wrong}");
            assert_eq!(unknown.len(), 1, "{wrong}");
        }
        for wrong in [
            "name = \"ana\"\nlang = pt\n",
            "name = \"ana\"\nservers = [1]",
            "[servers]\nhome = 3\nwork = \"tls://chat.lan\"",
        ] {
            let error = parse(wrong).expect_err(wrong);
            assert!(error.starts_with("file, line 2: "), "{error}");
        }
    }
}
