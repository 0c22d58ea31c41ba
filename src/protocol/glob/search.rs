//! Which directories have to be read to find what a pattern matches: no deeper than it says, and none for a name that it spells out.

use super::component::Component;
use super::{Alternative, GlobError, alternatives};
use crate::protocol::system::System;

/// How many directories a search goes down.
pub const MAX_DEPTH: usize = 256;
/// How many directories a search reads.
pub const MAX_DIRECTORIES: usize = 100_000;

/// A search that is going on. It asks for directories one by one, and is shown what is in them.
#[derive(Debug)]
pub struct Search {
    alternatives: Vec<Alternative>,
    hidden: bool,
    system: System,
    /// What is to be asked for, the next at the end.
    looks: Vec<Step>,
    places: Vec<Place>,
    /// The directory that was asked for last.
    here: Place,
    listed: usize,
}

/// What a search has to know next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// What is in a directory. Each entry is to be [considered](Search::consider).
    List {
        /// The directory. Empty is where the search begins.
        path: Vec<u8>,
        /// Also names that begin with a dot.
        hidden: bool,
        /// The search may go on in directories that are shown.
        goes_deeper: bool,
    },
    /// Whether there is such a path: then it matches.
    Look {
        /// The path of a file.
        path: Vec<u8>,
        /// The path of a directory of this name, which some systems write in another way.
        path_of_directory: Vec<u8>,
        /// Only a directory matches.
        directories_only: bool,
    },
}

/// A directory, and how far the alternatives have come with it.
#[derive(Debug, Default)]
struct Place {
    path: Vec<u8>,
    states: Vec<State>,
    depth: usize,
}

/// The component of an alternative that comes next.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct State {
    alternative: usize,
    component: usize,
}

/// A search went on for too long.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Endless {
    /// More than [`MAX_DEPTH`].
    #[error("the directories are more than {MAX_DEPTH} levels deep")]
    Deep,
    /// More than [`MAX_DIRECTORIES`].
    #[error("there are more than {MAX_DIRECTORIES} directories")]
    Many,
}

impl Search {
    /// A search for what a pattern matches on a system. `hidden`: also names that begin with a dot.
    ///
    /// # Errors
    /// The pattern cannot be used.
    pub fn new(pattern: &[u8], hidden: bool, system: System) -> Result<Search, GlobError> {
        let start = system.start_of(pattern);
        let alternatives = alternatives(&start.pattern)?;
        let mut search = Search {
            alternatives,
            hidden,
            system,
            looks: Vec::new(),
            places: Vec::new(),
            here: Place::default(),
            listed: 0,
        };
        for (path, is_absolute) in [(&*start.directory, false), (b"/", true)] {
            let begins_here = |(alternative, one): (usize, &Alternative)| {
                (one.is_absolute == is_absolute).then_some(alternative)
            };
            let states = search.alternatives.iter().enumerate().filter_map(begins_here);
            let states = states.map(|alternative| State { alternative, component: 0 }).collect();
            search.go(path.to_vec(), states, 0);
        }
        Ok(search)
    }

    /// A listing has shown on which system the search is.
    pub fn runs_on(&mut self, system: System) {
        self.system = system;
    }

    /// What has to be found out next. `None`: the search has ended.
    ///
    /// # Errors
    /// The server shows directories without end.
    pub fn next_step(&mut self) -> Result<Option<Step>, Endless> {
        loop {
            if let Some(look) = self.looks.pop() {
                return Ok(Some(look));
            }
            let Some(mut place) = self.places.pop() else { return Ok(None) };
            self.take_names(&mut place);
            if place.states.is_empty() {
                continue;
            }
            self.listed += 1;
            if self.listed > MAX_DIRECTORIES {
                return Err(Endless::Many);
            }
            self.here = place;
            return Ok(Some(self.list()));
        }
    }

    fn list(&self) -> Step {
        let components = || self.here.states.iter().filter_map(|&state| self.at(state));
        let goes_on = |state: &State| self.stays(*state) || !self.is_last(*state);
        Step::List {
            path: self.here.path.clone(),
            hidden: self.hidden || components().any(|(_, component)| component.names_the_dot()),
            goes_deeper: self.here.states.iter().any(goes_on),
        }
    }

    /// Looks at an entry of the directory that was asked for last, and tells its path if it matches.
    ///
    /// `may_enter`: it is a directory whose name leads nowhere else.
    ///
    /// # Errors
    /// As [`Search::next_step`].
    pub fn consider(
        &mut self,
        name: &[u8],
        is_directory: bool,
        may_enter: bool,
    ) -> Result<Option<Vec<u8>>, Endless> {
        if name.contains(&b'/') || matches!(name, b"" | b"." | b"..") {
            return Ok(None);
        }
        let mut is_match = false;
        let mut next = Vec::new();
        for &state in &self.here.states {
            let Some((alternative, component)) = self.at(state) else { continue };
            if !component.matches(name, self.hidden) {
                continue;
            }
            if self.is_last(state) {
                is_match |= is_directory || !alternative.directories_only;
            }
            match component {
                Component::AnyDepth => next.push(state),
                _ => next.extend(self.after(state)),
            }
        }
        let path = self.system.join(&self.here.path, name, is_directory);
        let entered = path.clone().filter(|_| may_enter && !next.is_empty());
        // What no command can name is a match all the same. It is shown as it would be on Unix.
        let shown = || path.or_else(|| System::Plain.join(&self.here.path, name, is_directory));
        let matched = if is_match { shown() } else { None };
        if let Some(path) = entered {
            if self.here.depth >= MAX_DEPTH {
                return Err(Endless::Deep);
            }
            self.go(path, next, self.here.depth + 1);
        }
        Ok(matched)
    }

    /// A directory is to be looked at. `**` may also be no directory at all.
    fn go(&mut self, path: Vec<u8>, mut states: Vec<State>, depth: usize) {
        let skipped: Vec<State> = states
            .iter()
            .filter(|state| self.stays(**state))
            .filter_map(|&state| self.after(state))
            .collect();
        for state in skipped {
            if !states.contains(&state) {
                states.push(state);
            }
        }
        if !states.is_empty() {
            self.places.push(Place { path, states, depth });
        }
    }

    /// Takes the names that a pattern spells out from what a listing has to show. If there is one all the same, it shows them too, but
    /// perhaps not those with a dot.
    fn take_names(&mut self, place: &mut Place) {
        let is_listed = place.states.iter().any(|&state| self.literal(state).is_none());
        let mut below: Vec<(Vec<u8>, Vec<State>)> = Vec::new();
        let mut listed = Vec::new();
        for &state in &place.states {
            let Some(name) = self.literal(state).filter(|name| !is_listed || name.first() == Some(&b'.'))
            else {
                listed.push(state);
                continue;
            };
            let path_of_directory = self.system.join(&place.path, name, true);
            let Some(next) = self.after(state) else {
                let directories_only = self.at(state).is_some_and(|(one, _)| one.directories_only);
                let path = self.system.join(&place.path, name, false);
                if let (Some(path), Some(path_of_directory)) = (path, path_of_directory) {
                    self.looks.push(Step::Look { path, path_of_directory, directories_only });
                }
                continue;
            };
            match below.iter_mut().find(|(known, _)| Some(known) == path_of_directory.as_ref()) {
                Some((_, states)) => states.push(next),
                None => below.extend(path_of_directory.map(|path| (path, vec![next]))),
            }
        }
        place.states = listed;
        for (path, states) in below {
            self.go(path, states, place.depth);
        }
    }

    fn at(&self, state: State) -> Option<(&Alternative, &Component)> {
        let alternative = self.alternatives.get(state.alternative)?;
        Some((alternative, alternative.components.get(state.component)?))
    }

    /// Whether it comes next in the directories below as well.
    fn stays(&self, state: State) -> bool {
        matches!(self.at(state), Some((_, Component::AnyDepth)))
    }

    fn literal(&self, state: State) -> Option<&[u8]> {
        match self.at(state)? {
            (_, Component::Literal(name)) => Some(name),
            _ => None,
        }
    }

    fn after(&self, state: State) -> Option<State> {
        let next = State { component: state.component + 1, ..state };
        self.at(next).map(|_| next)
    }

    fn is_last(&self, state: State) -> bool {
        self.after(state).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything below these is there; what ends with a slash is a directory.
    const TREE: [&str; 14] = [
        "a.c",
        "b.c",
        ".hidden",
        "[x]",
        "sub/",
        "sub/a.c",
        "sub/.git/",
        "sub/.git/config",
        "sub/deep/",
        "sub/deep/a.c",
        "sub/deep/z",
        "other/",
        "other/a.h",
        "other/deep/",
    ];

    /// What is found, and what was asked for, both sorted.
    fn run(pattern: &str, hidden: bool) -> (String, String) {
        let mut search = Search::new(pattern.as_bytes(), hidden, System::Plain).unwrap();
        let (mut found, mut asked) = (Vec::new(), Vec::new());
        let text = |path: &[u8]| String::from_utf8(path.to_vec()).unwrap();
        while let Some(step) = search.next_step().unwrap() {
            match step {
                Step::List { path: directory, .. } => {
                    asked.push(format!("{}/", text(&directory)));
                    let directory = text(&directory).trim_start_matches('/').to_owned();
                    for entry in TREE {
                        let name = entry.trim_end_matches('/');
                        let (parent, name) = name.rsplit_once('/').unwrap_or(("", name));
                        if parent == directory {
                            let is_directory = entry.ends_with('/');
                            let path = search.consider(name.as_bytes(), is_directory, is_directory).unwrap();
                            found.extend(path.map(|path| text(&path)));
                        }
                    }
                }
                Step::Look { path, directories_only, .. } => {
                    let path = text(&path);
                    asked.push(path.clone());
                    let is = |entry: &&&str| entry.trim_end_matches('/') == path.trim_start_matches('/');
                    let entry = TREE.iter().find(is);
                    found.extend(entry.filter(|e| !directories_only || e.ends_with('/')).map(|_| path));
                }
            }
        }
        found.sort();
        asked.sort();
        (found.join(" "), asked.join(" "))
    }

    #[test]
    fn a_pattern_finds_what_it_says_and_asks_for_no_more() {
        for (pattern, found, asked) in [
            ("*", "[x] a.c b.c other sub", "/"),
            ("*.c", "a.c b.c", "/"),
            ("?.c", "a.c b.c", "/"),
            ("[!b].c", "a.c", "/"),
            ("[^b].c", "a.c", "/"),
            ("[a-b].[[:lower:]]", "a.c b.c", "/"),
            ("\\[x]", "[x]", "[x]"),
            ("[[]x]", "[x]", "/"),
            ("*/", "other sub", "/"),
            ("*/*", "other/a.h other/deep sub/a.c sub/deep", "/ other/ sub/"),
            ("*/deep", "other/deep sub/deep", "/ other/deep sub/deep"),
            ("*/deep/*", "sub/deep/a.c sub/deep/z", "/ other/deep/ sub/deep/"),
            ("/sub/*", "/sub/a.c /sub/deep", "/sub/"),
            ("sub/deep/a.c", "sub/deep/a.c", "sub/deep/a.c"),
            ("sub/deep/nothing", "", "sub/deep/nothing"),
            ("sub/deep/a.c/", "", "sub/deep/a.c"),
            ("sub//deep/", "sub/deep", "sub/deep"),
            ("**/a.c", "a.c sub/a.c sub/deep/a.c", "/ other/ other/deep/ sub/ sub/deep/"),
            ("sub/**", "sub/a.c sub/deep sub/deep/a.c sub/deep/z", "sub/ sub/deep/"),
            ("**/deep/**/a*", "sub/deep/a.c", "/ other/ other/deep/ sub/ sub/deep/"),
            ("**/**/z", "sub/deep/z", "/ other/ other/deep/ sub/ sub/deep/"),
            ("s**b", "sub", "/"),
            ("{sub,other}/a.*", "other/a.h sub/a.c", "other/ sub/"),
            ("{a*,b.c,sub/deep/{z,y}}", "a.c b.c sub/deep/z", "/ sub/deep/y sub/deep/z"),
            ("{*,.hidden}", ".hidden [x] a.c b.c other sub", ".hidden /"),
            (".*", ".hidden", "/"),
            ("sub/.*/*", "sub/.git/config", "sub/ sub/.git/"),
            ("sub/[.]git", "", "sub/"),
            ("{/sub/*.c,sub/*.c}", "/sub/a.c sub/a.c", "/sub/ sub/"),
        ] {
            let run = run(pattern, false);
            assert_eq!((run.0.as_str(), run.1.as_str()), (found, asked), "{pattern}");
        }
    }

    #[test]
    fn hidden_names_are_found_where_they_are_asked_for() {
        assert_eq!(run("*", true).0, ".hidden [x] a.c b.c other sub");
        assert_eq!(run("**/c*", true).0, "sub/.git/config");
        assert_eq!(run("**/c*", false).0, "");
        assert_eq!(run("[.]h*", true).0, ".hidden");
    }

    #[test]
    fn a_listing_is_asked_for_as_the_pattern_needs_it() {
        for (pattern, all, hidden, goes_deeper) in [
            ("*", false, false, false),
            ("*", true, true, false),
            (".*", false, true, false),
            ("\\.a*", false, true, false),
            ("*/x", false, false, true),
            ("**", false, false, true),
            ("{a*,.b*/c}", false, true, true),
        ] {
            let step = Search::new(pattern.as_bytes(), all, System::Plain).unwrap().next_step();
            assert_eq!(step, Ok(Some(Step::List { path: Vec::new(), hidden, goes_deeper })), "{pattern}");
        }
    }

    #[test]
    fn paths_are_those_of_the_system() {
        let mut search = Search::new(b"[A]*/{X.TXT,Y/}", false, System::Vms).unwrap();
        let list = |path: &str, goes_deeper| {
            Ok(Some(Step::List { path: path.as_bytes().to_vec(), hidden: false, goes_deeper }))
        };
        assert_eq!(search.next_step(), list("[A]", true));
        assert_eq!(search.consider(b"B", true, true), Ok(None));
        let look = |path: &str, path_of_directory: &str, directories_only| {
            let (path, path_of_directory) = (path.as_bytes().to_vec(), path_of_directory.as_bytes().to_vec());
            Ok(Some(Step::Look { path, path_of_directory, directories_only }))
        };
        assert_eq!(search.next_step(), look("[A.B]Y", "[A.B.Y]", true));
        assert_eq!(search.next_step(), look("[A.B]X.TXT", "[A.B.X^.TXT]", false));
        assert_eq!(search.next_step(), Ok(None));

        let mut search = Search::new(b"*", false, System::Plain).unwrap();
        assert_eq!(search.next_step(), list("", false));
        search.runs_on(System::Vms);
        assert_eq!(search.consider(b"B", true, true), Ok(Some(b"[.B]".to_vec())));
        assert_eq!(search.consider(b"a?", false, false), Ok(Some(b"a?".to_vec())), "no path has this name");
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_no_match_and_is_not_entered() {
        let mut search = Search::new(b"**/*", true, System::Plain).unwrap();
        search.next_step().unwrap();
        for name in ["", ".", "..", "../x", "/etc", "a/b"] {
            assert_eq!(search.consider(name.as_bytes(), true, true), Ok(None), "{name}");
        }
        assert_eq!(search.consider(b"a\nb", true, false), Ok(Some(b"a\nb".to_vec())));
        assert_eq!(search.next_step(), Ok(None));
    }

    #[test]
    fn a_tree_without_end_has_an_end() {
        let mut search = Search::new(b"**", false, System::Plain).unwrap();
        let outcome = loop {
            if let Err(error) = search.next_step() {
                break error;
            }
            if let Err(error) = search.consider(b"x", true, true) {
                break error;
            }
        };
        assert_eq!(outcome, Endless::Deep);
        let mut search = Search::new(b"**", false, System::Plain).unwrap();
        let mut listed = 0;
        let outcome = loop {
            if let Err(error) = search.next_step() {
                break error;
            }
            listed += 1;
            if search.here.depth < 20 {
                search.consider(b"x", true, true).unwrap();
                search.consider(b"y", true, true).unwrap();
            }
        };
        assert_eq!((outcome, listed), (Endless::Many, MAX_DIRECTORIES));
    }
}
