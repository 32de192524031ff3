//! The conversation on a screen of its own (`--full`): the rooms above, who is here beside, a status line, and what was
//! said between them, a page for each room. It sends nothing itself: `press` tells what to send.
//!
//! Invariant: the page that is seen is that of the room in which the user speaks, so that nothing is said into a room
//! that is not on the screen. Between a key that leads to another room and the server's answer both are the one before.

mod layout;
mod page;
mod people;

use super::keys::{Focus, Key};
use super::reader::Reader;
use super::search::QUERY_CHARS;
use super::times;
use super::view::Colours;
use crate::reading::Reading;
use crate::session::protocol::Line;
use crate::session::{Around, Shown, When};
use crate::text;
use crate::words::Language;
pub(super) use layout::Bottom;
use layout::Row;
use page::{Page, Window};

/// More rooms than one can be in (20). Of those that were left the oldest pages go.
const PAGES: usize = 32;
/// How many rows of a page are seen again after PgUp.
const OVERLAP: usize = 2;

/// See the top of this file.
#[derive(Debug)]
pub(super) struct Full {
    reading: Reading,
    colours: Colours,
    /// The first has no name until a room is known.
    pages: Vec<Page>,
    current: usize,
    focus: Focus,
    /// To which room a key leads: what comes of that command is not shown.
    going: Option<String>,
    /// What is searched on the page.
    query: Option<String>,
    /// The rows of the text on the screen.
    height: usize,
    /// The rows as they stand on the screen; none if that is not known.
    drawn: Vec<Row>,
    /// The one being typed.
    typed: String,
}

/// What the session knows while something is shown or drawn.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) language: Language,
    pub(super) name: Option<&'a str>,
    pub(super) around: Around<'a>,
    /// Rows and columns of the window.
    pub(super) size: (usize, usize),
}

/// What a key did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    /// Something was moved or marked.
    Taken,
    /// This command goes to the room of another page.
    Send(String),
    /// The key is not for this screen.
    Other,
}

impl Full {
    pub(super) fn of(reading: Reading, colours: Colours) -> Full {
        let first = Page::of("", Reader::of(reading.clone(), colours));
        Full {
            reading,
            colours,
            pages: vec![first],
            current: 0,
            focus: Focus::Unknown,
            going: None,
            query: None,
            height: 0,
            drawn: Vec::new(),
            typed: String::new(),
        }
    }

    /// Add what there is to show to the pages it belongs to. What tells somebody who looks elsewhere of it is returned.
    pub(super) fn show(&mut self, shown: Vec<Shown>, scene: &Scene) -> String {
        self.arrange(scene);
        let window = self.window(scene);
        let mut notices = String::new();
        for shown in shown {
            if self.comes_of_going(&shown) {
                continue;
            }
            let (at, shown) = self.placed(shown);
            let focus = match at == self.current {
                true => self.focus,
                false => Focus::Elsewhere,
            };
            notices += &self.pages[at].show(shown, times::now(), &window, focus);
        }
        notices
    }

    /// The window has the focus now, or has it no more.
    pub(super) fn focus(&mut self, focus: Focus) {
        self.focus = focus;
    }

    /// Nothing of what was drawn is known to be on the screen.
    pub(super) fn forget(&mut self) {
        self.drawn.clear();
        self.typed.clear();
    }

    /// Show the newest rows again.
    pub(super) fn go_to_end(&mut self) {
        self.query = None;
        self.page().go_to_end();
    }

    /// The last line of the page, for the screen that comes after this one.
    pub(super) fn last_line(&self) -> String {
        self.pages[self.current].last_line()
    }

    /// Nothing is searched any more; the page stays where it is.
    pub(super) fn end_search(&mut self) {
        self.query = None;
        self.page().end_search();
    }

    /// What is searched, if something is, and whether it was not found.
    pub(super) fn search(&self) -> Option<(&str, bool)> {
        let query = self.query.as_deref()?;
        let has_failed = !query.is_empty() && !self.pages[self.current].has_found();
        Some((query, has_failed))
    }

    /// A key that moves the page, searches it or leads to another one.
    pub(super) fn press(&mut self, key: Key) -> Pressed {
        if let Some(query) = self.query.take() {
            return self.search_on(query, key);
        }
        let step = self.height.saturating_sub(OVERLAP).max(1);
        match key {
            Key::PageUp => self.page().scroll_up(step),
            Key::PageDown => self.page().scroll_down(step),
            Key::Escape if self.page().below() > 0 => self.go_to_end(),
            Key::Control('s') => self.query = Some(String::new()),
            Key::Alt('a') => {
                let news = |page: &Page| Some((!page.news()?.1, page.name.clone()));
                let first = self.listed().filter_map(news).min_by_key(|news| news.0);
                return self.lead(first.map(|news| news.1));
            }
            Key::Alt(digit @ '1'..='9') => {
                let at = digit as usize - '1' as usize;
                let room = self.listed().nth(at).map(|page| page.name.clone());
                return self.lead(room);
            }
            _ => return Pressed::Other,
        }
        Pressed::Taken
    }

    /// A key of the search. Any that does not belong to it ends it and has its usual meaning.
    fn search_on(&mut self, mut query: String, key: Key) -> Pressed {
        let height = self.height;
        match key {
            Key::Char(c) | Key::Pasted(c) if query.chars().count() < QUERY_CHARS => {
                // What was not found is not found with more behind it.
                let may_be_found = query.is_empty() || self.page().has_found();
                query.extend(text::typed_behind(query.chars().next_back(), c));
                if may_be_found {
                    self.page().find_longer(&query, height);
                }
            }
            Key::Char(_) | Key::Pasted(_) | Key::PasteEnd => {}
            Key::Backspace => {
                query.pop();
                self.page().find_first(&query, height);
            }
            Key::Control('s') | Key::Up => self.page().find_older(&query, height),
            Key::Down => self.page().find_newer(&query, height),
            Key::Enter => {
                self.end_search();
                return Pressed::Taken;
            }
            Key::Escape | Key::Control('g' | 'c') => {
                self.go_to_end();
                return Pressed::Taken;
            }
            key => {
                self.end_search();
                return self.press(key);
            }
        }
        self.query = Some(query);
        Pressed::Taken
    }

    /// The command that leads to this room, unless the user is there.
    fn lead(&mut self, room: Option<String>) -> Pressed {
        let here = &self.pages[self.current].name;
        match room.filter(|room| room != here && !room.is_empty()) {
            Some(room) => {
                let command = format!("/join {room}");
                self.going = Some(room);
                Pressed::Send(command)
            }
            None => Pressed::Taken,
        }
    }

    /// Whether it is the command to go to another page, or the answer that the user is there: the page itself tells
    /// that.
    fn comes_of_going(&mut self, shown: &Shown) -> bool {
        let Some(room) = &self.going else {
            return false;
        };
        match shown {
            Shown::Typed(typed) => typed.strip_prefix("/join ") == Some(room),
            Shown::Received(heard) => {
                let is_there = heard.room.is_none()
                    && Line::parse(&heard.line).speaks_in() == Some(room.as_str());
                if is_there || heard.line.starts_with('!') {
                    self.going = None;
                }
                is_there
            }
            Shown::Own { .. } | Shown::Note(_) => false,
        }
    }

    /// A page for each room of the user, and that of the room in which they speak on the screen.
    fn arrange(&mut self, scene: &Scene) {
        let Around { rooms, room, .. } = &scene.around;
        for page in &mut self.pages {
            page.is_listed = rooms.contains(&page.name.as_str());
        }
        let Some(room) = room else {
            return;
        };
        if self.pages[0].name.is_empty() {
            self.pages[0].name = (*room).to_owned();
        }
        let current = self.page_of(room);
        if current != self.current {
            self.end_search();
            self.current = current;
        }
        for room in rooms {
            let at = self.page_of(room);
            self.pages[at].is_listed = true;
        }
    }

    /// The place of a room's page.
    fn page_of(&mut self, room: &str) -> usize {
        if let Some(at) = self.pages.iter().position(|page| page.name == room) {
            return at;
        }
        if self.pages.len() == PAGES {
            let left = (0..PAGES).find(|&at| at != self.current && !self.pages[at].is_listed);
            let at = left.unwrap_or(usize::from(self.current == 0));
            self.pages.remove(at);
            self.current -= usize::from(at < self.current);
        }
        let reader = Reader::of(self.reading.clone(), self.colours);
        self.pages.push(Page::of(room, reader));
        self.pages.len() - 1
    }

    /// On which page something is shown: a line of a room on its own, without the name that it has among others, and
    /// all else where the user is, as are lines of before that they have asked for.
    fn placed(&mut self, mut shown: Shown) -> (usize, Shown) {
        let (line, room) = match &mut shown {
            Shown::Received(heard) if heard.when != When::Asked => (&mut heard.line, &heard.room),
            Shown::Own { line, room, .. } => (line, &*room),
            _ => return (self.current, shown),
        };
        let named = match (room, Line::parse(line)) {
            (Some(room), _) => room.clone(),
            (None, Line::OtherRoom { room, .. }) => room.to_owned(),
            _ => return (self.current, shown),
        };
        if let Some(alone) = line.strip_prefix(&format!("#{named} ")) {
            *line = alone.to_owned();
        }
        (self.page_of(&named), shown)
    }

    fn page(&mut self) -> &mut Page {
        &mut self.pages[self.current]
    }

    /// The pages of the user's rooms, in the order of their numbers.
    fn listed(&self) -> impl Iterator<Item = &Page> {
        let current = &self.pages[self.current].name;
        let is_listed = move |page: &&Page| page.is_listed || &page.name == current;
        self.pages.iter().filter(is_listed)
    }

    /// As a page of text sees the window.
    fn window<'a>(&self, scene: &Scene<'a>) -> Window<'a> {
        Window {
            language: scene.language,
            name: scene.name,
            rows: scene.size.0,
            columns: layout::text_columns(scene),
        }
    }
}
