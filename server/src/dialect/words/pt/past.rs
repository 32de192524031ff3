//! Texts about lines of before and their times, in Portuguese.

use std::fmt::{self, Write};

use super::super::{Command, Lang, Lines, Quoted, Typed, Verb};
use crate::clock::{Clock, Day, Zone};
use crate::hub::recall::Unreadable;
use crate::hub::{Asked, Misled, Page, Source};

const WEEKDAYS: [&str; 7] = [
    "segunda-feira",
    "terça-feira",
    "quarta-feira",
    "quinta-feira",
    "sexta-feira",
    "sábado",
    "domingo",
];
const MONTHS: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

/// The lines that follow are of this day.
pub(in crate::dialect::words) fn day(day: Day, out: &mut Lines) -> fmt::Result {
    write!(out, "--- {} ---", Date(day))
}

/// `quinta-feira, 26 de novembro de 2026`.
struct Date(Day);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (weekday, month) = (WEEKDAYS[self.0.weekday()], MONTHS[self.0.month()]);
        let (day, year) = (self.0.day(), self.0.year());
        write!(f, "{weekday}, {day} de {month} de {year}")
    }
}

/// What a page is about.
pub(in crate::dialect::words) fn page(clock: Clock, page: &Page, out: &mut Lines) -> fmt::Result {
    let count = page.lines.len();
    let is_earlier = page.asked == Asked::Earlier;
    match (count, is_earlier) {
        (0, _) => nothing(clock, page, out)?,
        (1, false) => write!(out, "1 linha")?,
        (1, true) => write!(out, "1 linha anterior")?,
        (_, false) => write!(out, "{count} linhas")?,
        (_, true) => write!(out, "{count} linhas anteriores")?,
    }
    if count > 0 {
        about(clock, page, out)?;
    }
    if let Some(room) = &page.room {
        write!(out, " em {room}")?;
    }
    if count > 1 {
        write!(out, ", a mais nova por último")?;
    }
    match page.source {
        Source::Archive if count == 0 && page.has_more => write!(out, " até aí"),
        Source::Archive => Ok(()),
        Source::Unfinished => write!(out, "; nas linhas mais novas ainda não se procura"),
        Source::Memory => write!(out, "; não há mais do que o servidor lembra"),
    }
}

fn nothing(clock: Clock, page: &Page, out: &mut Lines) -> fmt::Result {
    match page.asked {
        Asked::Last => write!(out, "ninguém disse nada aqui ainda"),
        Asked::Earlier => write!(out, "nada foi dito antes disso"),
        Asked::Since { .. } => {
            write!(out, "nada foi dito")?;
            about(clock, page, out)
        }
        Asked::From(_) | Asked::With(_) => {
            write!(out, "nenhuma linha")?;
            about(clock, page, out)
        }
    }
}

fn about(clock: Clock, page: &Page, out: &mut Lines) -> fmt::Result {
    match &page.asked {
        Asked::Last | Asked::Earlier => Ok(()),
        Asked::From(name) => write!(out, " de {name}"),
        Asked::With(words) => write!(out, " com {}", Quoted(words)),
        Asked::Since { at, .. } => {
            let then = clock.local(*at);
            match (then.day == clock.now().day, then.is_midnight()) {
                (true, _) => write!(out, " desde {}", then.minute()),
                (false, true) => write!(out, " desde {}", Date(then.day)),
                (false, false) => write!(out, " desde {}, {}", Date(then.day), then.minute()),
            }
        }
    }
}

/// There may be more.
pub(super) fn more(out: &mut Lines) -> fmt::Result {
    write!(out, "mais: /{}", out.name(Lang::Pt, Verb::More))
}

/// It cannot be looked up.
pub(super) fn unread(why: Unreadable, out: &mut Lines) -> fmt::Result {
    out.write_str(match why {
        Unreadable::NotKept => "nada é guardado aqui",
        Unreadable::Busy => "muitos procuram o que foi dito; tente de novo daqui a pouco",
        Unreadable::Failed => "o disco não deixa ler o que foi dito; tente mais tarde",
    })
}

/// In which zone the user is told times.
pub(super) fn zone(own: Option<Zone>, clock: Clock, out: &mut Lines) -> fmt::Result {
    let (now, ahead) = (clock.now(), clock.zone.ahead(clock.at));
    match own {
        Some(Zone::Named(name)) => write!(
            out,
            "seus horários são os de {name}: agora {}",
            now.minute()
        )?,
        Some(_) => write!(
            out,
            "seus horários são os de {ahead}: agora {}",
            now.minute()
        )?,
        None => write!(
            out,
            "seus horários são os do servidor, {ahead}: agora {}",
            now.minute()
        )?,
    }
    match own {
        Some(_) => write!(out, "; /fuso servidor desfaz isso"),
        None => write!(out, "; /fuso CIDADE ou /fuso -3 muda isso"),
    }
}

pub(super) fn complain(why: &Misled, out: &mut Lines) -> fmt::Result {
    match why {
        Misled::Zone { typed, near: None } => write!(
            out,
            "fuso não encontrado: {}; tente /fuso Lisbon, /fuso America/Sao_Paulo, /fuso -3 ou /fuso servidor",
            Typed(typed)
        ),
        Misled::Zone {
            typed,
            near: Some(near),
        } => write!(
            out,
            "fuso não encontrado: {}; você quis dizer /fuso {near}?",
            Typed(typed)
        ),
        Misled::Moment(typed) => write!(
            out,
            "isto não é um horário: {}; tente 10:30, ontem, ontem 10:30, 2026-11-25 ou 2h",
            Typed(typed)
        ),
        Misled::StillLooking => {
            out.write_str("sua última pergunta ainda está sendo procurada; espere a resposta")
        }
        Misled::NothingMore => out.write_str(
            "não há página seguinte; /histórico, /histórico de NOME e /buscar começam uma",
        ),
    }
}

pub(super) fn command(verb: Verb) -> Command {
    let (name, args, does) = match verb {
        Verb::Search => (
            "buscar",
            "PALAVRAS [em SALA]",
            "linhas com todas essas palavras, nas suas salas ou em SALA",
        ),
        Verb::More => ("mais", "", "a página seguinte das linhas de antes"),
        Verb::Zone => (
            "fuso",
            "[CIDADE|-3|servidor]",
            "o fuso horário das linhas de antes, o seu ou o do servidor",
        ),
        _ => (
            "histórico",
            "[N|desde HORA|de NOME] [SALA]",
            "as últimas linhas da sua sala, ou de SALA",
        ),
    };
    Command { name, args, does }
}
